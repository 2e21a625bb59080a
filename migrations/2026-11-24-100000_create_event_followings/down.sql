DROP FUNCTION amda_users_to_follow();
DROP TABLE event_followings;
