"""The desk: the one door of helpdesk staff, with our own pages and the Temporal UI behind it."""
