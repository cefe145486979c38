"""Readers of `.flow` files that rules share: graphs, edges, node types, references."""
