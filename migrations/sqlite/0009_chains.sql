-- Who is asked, one after the other, if the first cannot answer; and by which name all of them were asked for.
ALTER TABLE generations ADD COLUMN fallbacks TEXT NOT NULL DEFAULT '[]'; -- JSON: [{"provider":…,"model":…},…]
ALTER TABLE generations ADD COLUMN chain TEXT;
