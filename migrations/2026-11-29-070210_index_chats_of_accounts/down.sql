DROP INDEX chats_contact;
DROP INDEX chats_page;
