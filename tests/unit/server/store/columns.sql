-- A store of a version that had a column for each setting of a room, as that server wrote it: a room and
-- a template with all that can be set, and a room with a menu of nothing.
CREATE TABLE accounts (  name TEXT PRIMARY KEY,  realm TEXT NOT NULL,  ha1_md5 TEXT NOT NULL,  ha1_sha256 TEXT NOT NULL,  display_name TEXT NOT NULL,  enabled INTEGER NOT NULL,  created_ns INTEGER NOT NULL, srtp TEXT NOT NULL DEFAULT 'default', number TEXT NOT NULL DEFAULT '', smime TEXT NOT NULL DEFAULT 'optional', certificate TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
CREATE TABLE audit (  id INTEGER PRIMARY KEY AUTOINCREMENT,  time_ns INTEGER NOT NULL,  token TEXT NOT NULL,  name TEXT NOT NULL,  role TEXT NOT NULL,  source TEXT NOT NULL,  method TEXT NOT NULL,  path TEXT NOT NULL,  status INTEGER NOT NULL,  code TEXT NOT NULL) STRICT;
CREATE TABLE bans (  room TEXT NOT NULL,  id TEXT NOT NULL,  uri TEXT NOT NULL,  address TEXT NOT NULL,  note TEXT NOT NULL,  created_ns INTEGER NOT NULL,  PRIMARY KEY (room, id)) STRICT, WITHOUT ROWID;
CREATE TABLE call_records (  id INTEGER PRIMARY KEY AUTOINCREMENT,  participant TEXT NOT NULL,  room TEXT NOT NULL,  uri TEXT NOT NULL,  ended_ns INTEGER NOT NULL,  json TEXT NOT NULL) STRICT;
CREATE TABLE deliveries (  id INTEGER PRIMARY KEY,  webhook TEXT NOT NULL,  message TEXT NOT NULL,  event TEXT NOT NULL,  body TEXT NOT NULL,  created_ns INTEGER NOT NULL) STRICT;
CREATE TABLE files (  id TEXT PRIMARY KEY,  room TEXT NOT NULL,  name TEXT NOT NULL,  type TEXT NOT NULL,  sha256 TEXT NOT NULL,  bytes INTEGER NOT NULL,  sharer TEXT NOT NULL,  sharer_id TEXT NOT NULL,  created_ns INTEGER NOT NULL,  expires_ns INTEGER NOT NULL,  is_whole INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE letters (  id INTEGER PRIMARY KEY,  account TEXT NOT NULL,  time_ns INTEGER NOT NULL,  from_uri TEXT NOT NULL,  from_name TEXT NOT NULL,  text TEXT NOT NULL, is_notice INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE messages (  room TEXT NOT NULL,  id INTEGER NOT NULL,  time_ns INTEGER NOT NULL,  origin TEXT NOT NULL,  from_id TEXT NOT NULL,  from_name TEXT NOT NULL,  from_uri TEXT NOT NULL,  to_id TEXT NOT NULL,  to_name TEXT NOT NULL,  text TEXT NOT NULL,  deleted INTEGER NOT NULL,  PRIMARY KEY (room, id)) STRICT, WITHOUT ROWID;
CREATE TABLE numbers (  pattern TEXT PRIMARY KEY,  leads_to TEXT NOT NULL,  target TEXT NOT NULL,  note TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE recordings (  id TEXT NOT NULL PRIMARY KEY,  room TEXT NOT NULL,  name TEXT NOT NULL,  starter TEXT NOT NULL,  has_video INTEGER NOT NULL,  state TEXT NOT NULL,  ending TEXT NOT NULL,  sha256 TEXT NOT NULL,  bytes INTEGER NOT NULL,  length_ms INTEGER NOT NULL,  dropped_ticks INTEGER NOT NULL,  created_ns INTEGER NOT NULL,  ended_ns INTEGER NOT NULL,  expires_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE registrations (  id TEXT PRIMARY KEY,  account TEXT NOT NULL,  uri TEXT NOT NULL,  key TEXT NOT NULL,  path TEXT NOT NULL,  flow TEXT NOT NULL,  instance TEXT NOT NULL,  call_id TEXT NOT NULL,  user_agent TEXT NOT NULL,  reg_id INTEGER NOT NULL,  q INTEGER NOT NULL,  cseq INTEGER NOT NULL,  created_ns INTEGER NOT NULL,  expires_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE rooms (  name TEXT PRIMARY KEY,  display_name TEXT NOT NULL,  locked INTEGER NOT NULL,  max_participants INTEGER NOT NULL,  join_tone TEXT NOT NULL,  alone TEXT NOT NULL,  created_ns INTEGER NOT NULL, music TEXT NOT NULL DEFAULT '', loudest INTEGER NOT NULL DEFAULT 0, level_voices INTEGER NOT NULL DEFAULT 0, suppress_noise INTEGER NOT NULL DEFAULT 0, pin TEXT NOT NULL DEFAULT '', moderator_pin TEXT NOT NULL DEFAULT '', pin_tries INTEGER NOT NULL DEFAULT 0, pin_timeout_s INTEGER NOT NULL DEFAULT 0, announcements INTEGER NOT NULL DEFAULT 1, menu TEXT NOT NULL DEFAULT '', video TEXT NOT NULL DEFAULT '', srtp TEXT NOT NULL DEFAULT 'default', may_share TEXT NOT NULL DEFAULT 'all', may_chat TEXT NOT NULL DEFAULT 'all', may_present TEXT NOT NULL DEFAULT 'all', mute_on_entry INTEGER NOT NULL DEFAULT 0, allow_unmute INTEGER NOT NULL DEFAULT 1, lobby TEXT NOT NULL DEFAULT 'off', lobby_timeout_s INTEGER NOT NULL DEFAULT 600, max_waiting INTEGER NOT NULL DEFAULT 50, opens_ns INTEGER NOT NULL DEFAULT 0, closes_ns INTEGER NOT NULL DEFAULT 0, max_duration_s INTEGER NOT NULL DEFAULT 0, hangs_up_at_end INTEGER NOT NULL DEFAULT 1, moved_to TEXT NOT NULL DEFAULT '', codecs TEXT NOT NULL DEFAULT '', language TEXT NOT NULL DEFAULT 'en', number TEXT NOT NULL DEFAULT '', dial_at_start TEXT NOT NULL DEFAULT '', recording TEXT NOT NULL DEFAULT 'on_request', record_video INTEGER NOT NULL DEFAULT 0, may_record TEXT NOT NULL DEFAULT 'moderators') STRICT, WITHOUT ROWID;
INSERT INTO "rooms" VALUES('full','Jörg''s ☕ "room"; -- ''x''',1,12,'leave','noise',1795697168544133325,'jazz & ä.flac',3,0,1,'6$20000$1dd2671099f4bd9f2553c42d98c27138$672a3d992cab4231ee18d9b1910856c164ef8dd890eb94eded41d050fea28afe','6$20000$1dd2671099f4bd9f2553c42d98c27138$a16f6205f8e1d1ed319a1cc2297020e01beed6d74c8c83ba822b80cb9e9463e5',5,20,0,'{"*1":"mute","*9":"hang_up"}','enabled 1
size 854x480
fps 15
bitrate_kbps 700
own_view 1
names 0
frame_talker 1
fill 0
ground #15181c
background 
logo 
layout custom
tile 0 0 50 100 anyone
','required','moderators','nobody','all',1,0,'guests',77,9,1798761600000000000,1798848000000000000,3600,0,'sip:other@example.com','opus,PCMA,VP8','en','482913','sip:a@example.com
sip:b@example.com
tel:+4930123','always',1,'nobody');
INSERT INTO "rooms" VALUES('no-menu','',0,500,'both','silence',1795697168556079232,'',8,0,0,'','',3,15,1,'{}','enabled 0
size 1280x720
fps 30
bitrate_kbps 2000
own_view 0
names 1
frame_talker 1
fill 0
ground #15181c
background 
logo 
layout auto
','default','all','all','all',0,1,'off',600,50,0,0,0,1,'','','en','','','on_request',0,'moderators');
INSERT INTO "messages" VALUES('full',1,1000,'participant','pa','Ann','sip:ann@example.com','pb','Bob','hello',0);
INSERT INTO "bans" VALUES('full','b1','eve@example.com','','noise',5);
CREATE TABLE templates(
  name TEXT,
  display_name TEXT,
  locked INT,
  max_participants INT,
  join_tone TEXT,
  alone TEXT,
  created_ns INT,
  music TEXT,
  loudest INT,
  level_voices INT,
  suppress_noise INT,
  pin TEXT,
  moderator_pin TEXT,
  pin_tries INT,
  pin_timeout_s INT,
  announcements INT,
  menu TEXT,
  video TEXT,
  srtp TEXT,
  may_share TEXT,
  may_chat TEXT,
  may_present TEXT,
  mute_on_entry INT,
  allow_unmute INT,
  lobby TEXT,
  lobby_timeout_s INT,
  max_waiting INT,
  opens_ns INT,
  closes_ns INT,
  max_duration_s INT,
  hangs_up_at_end INT
, moved_to TEXT NOT NULL DEFAULT '', codecs TEXT NOT NULL DEFAULT '', language TEXT NOT NULL DEFAULT 'en', number TEXT NOT NULL DEFAULT '', dial_at_start TEXT NOT NULL DEFAULT '', recording TEXT NOT NULL DEFAULT 'on_request', record_video INTEGER NOT NULL DEFAULT 0, may_record TEXT NOT NULL DEFAULT 'moderators');
INSERT INTO "templates" VALUES('t1','Jörg''s ☕ "room"; -- ''x''',1,12,'leave','noise',1795697168664091591,'jazz & ä.flac',3,0,1,'6$20000$f6523adc548119500216a3e1ff0e0427$bcd2c53b0aa0facdf8ce2f568d4188de6ae62f9a892c8b6101bd4123e0e51fcc','6$20000$f6523adc548119500216a3e1ff0e0427$3afe8441045bd5b412036fa5fe16bcd4183582c6de180ea3b88ec4e51cb387cb',5,20,0,'{"*#":"admit","*0":"help","*1":"mute","*2":"raise_hand","*3":"headcount","*4":"volume_down","*5":"lock","*6":"volume_up","*7":"voice_down","*8":"mute_all","*9":"hang_up"}','enabled 1
size 1280x720
fps 30
bitrate_kbps 2000
own_view 0
names 1
frame_talker 1
fill 0
ground #15181c
background 
logo 
layout grid
','required','moderators','nobody','all',1,0,'guests',77,9,1798761600000000000,1798848000000000000,3600,0,'sip:other@example.com','opus,PCMA,VP8','en','','sip:a@example.com
sip:b@example.com
tel:+4930123','always',1,'nobody');
CREATE TABLE tokens (  id TEXT PRIMARY KEY,  sha256 TEXT NOT NULL UNIQUE,  name TEXT NOT NULL,  role TEXT NOT NULL,  rooms TEXT NOT NULL,  created_ns INTEGER NOT NULL,  expires_ns INTEGER NOT NULL,  used_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE trunk_counts (  trunk TEXT NOT NULL,  room TEXT NOT NULL,  day INTEGER NOT NULL,  calls INTEGER NOT NULL,  PRIMARY KEY (trunk, room)) STRICT, WITHOUT ROWID;
CREATE TABLE trunks (  name TEXT PRIMARY KEY,  settings TEXT NOT NULL,  password TEXT NOT NULL,  created_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE webhooks (  id TEXT PRIMARY KEY,  url TEXT NOT NULL,  events TEXT NOT NULL,  rooms TEXT NOT NULL,  secret TEXT NOT NULL,  enabled INTEGER NOT NULL,  created_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER messages_of_room AFTER DELETE ON rooms BEGIN  DELETE FROM messages WHERE room = OLD.name; END;
CREATE INDEX call_records_filter ON call_records (id, room, uri, ended_ns);
CREATE TRIGGER bans_of_room AFTER DELETE ON rooms BEGIN  DELETE FROM bans WHERE room = OLD.name; END;
CREATE UNIQUE INDEX template_names ON templates (name);
CREATE INDEX letters_of_account ON letters (account, id);
CREATE TRIGGER letters_to_account AFTER DELETE ON accounts BEGIN  DELETE FROM letters WHERE account = OLD.name; END;
CREATE TRIGGER deliveries_to_webhook AFTER DELETE ON webhooks BEGIN  DELETE FROM deliveries WHERE webhook = OLD.id; END;
CREATE TRIGGER counts_of_trunk AFTER DELETE ON trunks BEGIN  DELETE FROM trunk_counts WHERE trunk = OLD.name; END;
PRAGMA application_id = 0x5261646f;
PRAGMA user_version = 30;
