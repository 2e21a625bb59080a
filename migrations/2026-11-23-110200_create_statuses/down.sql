DROP INDEX contacts_same_as;
DROP TABLE status_likes;
DROP TABLE auto_likes;
DROP TABLE status_deletions;
DROP TABLE statuses;
