"""Pure rules that say when two identifiers, names, titles or profile links mean the same thing."""
