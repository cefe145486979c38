"""What platforms share to compare two definitions part by part."""
