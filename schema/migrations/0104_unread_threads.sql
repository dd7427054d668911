-- 0104: threads with unread replies are found without a look at all that somebody follows.
--
-- Run by `confabctl migrate` as confab_owner, in one transaction. Never edited after landing.

-- unread: there may be replies above read_no. A hint for the index; never false while there are.
ALTER TABLE follower ADD COLUMN unread boolean NOT NULL DEFAULT true;
-- All tenants: the policy would bind the owner to one.
ALTER TABLE follower NO FORCE ROW LEVEL SECURITY;
ALTER TABLE thread NO FORCE ROW LEVEL SECURITY;
UPDATE follower f SET unread = false FROM thread t WHERE t.feed_id = f.feed_id AND t.root_seq = f.root_seq AND t.last_no <= f.read_no;
ALTER TABLE follower FORCE ROW LEVEL SECURITY;
ALTER TABLE thread FORCE ROW LEVEL SECURITY;
CREATE INDEX follower_unread ON follower (account_id, feed_id, root_seq) WHERE unread AND following;
