"""When and in what order; generated from the discovered sources."""
