"""What rules for `.flow` files share: graphs, edges, node types, references."""
