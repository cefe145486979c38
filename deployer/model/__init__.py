"""The nouns of Flowship: frozen values, standard library only, no I/O."""
