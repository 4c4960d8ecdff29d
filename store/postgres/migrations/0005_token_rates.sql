-- What a token may send: records a second in the long run, and at once after a pause. Without them the configuration's hold.
ALTER TABLE access_token ADD COLUMN records_per_second integer CHECK (records_per_second > 0);
ALTER TABLE access_token ADD COLUMN burst_records integer CHECK (burst_records > 0);
ALTER TABLE access_token ADD CHECK ((records_per_second IS NULL) = (burst_records IS NULL));
