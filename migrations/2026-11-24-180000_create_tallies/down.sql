DROP FUNCTION amda_spike(integer, integer, integer);
DROP FUNCTION amda_add(integer[], integer[]);
DROP INDEX messages_chat;
DROP TABLE response_tallies;
DROP TABLE contact_tallies;
DROP TABLE tallies;
