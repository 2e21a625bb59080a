DROP TABLE status_reactions;
