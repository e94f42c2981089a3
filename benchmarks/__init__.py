"""Measures the product beside the limit of what it stands on, in one run: `python -m benchmarks [--only NAME]`.

Owns measuring and the published list of figures. May not be imported by the product.
"""
