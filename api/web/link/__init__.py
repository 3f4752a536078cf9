"""Pages behind a signed link in a message: they work without a login and without JavaScript
(docs/rules/messages.md, Links)."""
