DROP TABLE messages;
DROP TABLE media;
