"""The composition root: the only package that names concrete classes and joins them.

Everything below it is handed what it needs. Registries are values that are made here.
"""
