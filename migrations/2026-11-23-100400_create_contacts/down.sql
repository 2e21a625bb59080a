DROP TABLE chats;
DROP TABLE contacts;
