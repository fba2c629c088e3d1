"""How far one sample lies from another: distances of shares, of ordered values, and the cells that values fall into."""
