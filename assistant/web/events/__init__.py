"""What happens when the page is used: one module a group of controls."""
