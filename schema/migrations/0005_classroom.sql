-- 0005: seats, hands, checks and polls.
--
-- Run by `confabctl migrate` as confab_owner, in one transaction. Never edited after landing.
DO $$ BEGIN END $$;
