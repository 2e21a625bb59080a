DROP TRIGGER media_updated ON media;
DROP TRIGGER media_deleted ON media;
DROP TRIGGER media_inserted ON media;
DROP FUNCTION amda_media_updated();
DROP FUNCTION amda_media_deleted();
DROP FUNCTION amda_media_inserted();
DROP FUNCTION amda_add_storage(uuid, bigint);
DROP TABLE storage_usage;
