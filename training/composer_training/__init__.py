"""Training of Composer: data set, networks, export. Nothing here runs in the product."""
