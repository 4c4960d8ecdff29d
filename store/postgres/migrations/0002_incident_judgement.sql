-- What a person said of an incident once it was over: whether there was anything to be woken for.
ALTER TABLE incident ADD COLUMN judged text NOT NULL DEFAULT 'not_judged' CHECK (judged IN ('not_judged', 'real', 'false_alarm'));
