"""What the page is made of, without what happens when it is used."""
