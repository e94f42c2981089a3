"""The limits that figures are compared with: the least work that does the same, without the product's code."""
