DROP TABLE quota_uses;
DROP TABLE quota_periods;
