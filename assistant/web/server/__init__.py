"""Page → served page: address, password, origin."""
