"""The reference pages, written from the code: what a person can write is said once, beside what reads it."""
