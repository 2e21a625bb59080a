DROP FUNCTION amda_is_final_media(uuid);
