"""The processors' own tables: facts as they came, and what was said about them. Nobody else reads them."""
