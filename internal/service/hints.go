package service

import (
	"regexp"

	"askflow/internal/run"
	"askflow/internal/source"
)

// rewording is how a part of a hint that is written for the command line reads on the screen.
type rewording struct {
	from *regexp.Regexp
	to   string
}

// rewordings name the place and its key for every command and option that hints name; the longer come first. A command that no key stands for
// (importing an assistant, say) stays as it is typed.
func rewordings() []rewording {
	pairs := [][2]string{
		{"record some with emulator run .+? --answers record, or run with --answers scripted", "record some with R in Workflows (1), answers record, or choose scripted answers there"},
		{"record some with emulator run .+? --answers record", "record some with R in Workflows (1), answers record"},
		{"record it: emulator run .+? --answers record", "record it with R in Workflows (1), answers record"},
		{"emulator run .+ --resume r[0-9]+", "u in Runs (4) goes on with it"},
		{"connect one with emulator account connect, or run with --answers scripted", "connect one with c in Account (6), or choose scripted answers"},
		{"emulator account shows what is connected; emulator account connect connects one", "Account (6) shows what is connected; c connects one there"},
		{"(?:connect one|run|with): emulator account connect --store environment", "with v in Account (6)"},
		{"(?:connect one|run): emulator account connect", "connect one with c in Account (6)"},
		{"(connect [^:;]*?): emulator account reconnect", "$1 with n in Account (6)"},
		{"and run: emulator account reconnect", "and connect it with n in Account (6)"},
		{"run account uninstall again", "uninstall again"},
		{"emulator account reconnect", "n in Account (6)"},
		{"emulator account connect", "c in Account (6)"},
		{"emulator account", "Account (6)"},
		{"`?emulator validate`? (?:shows warnings too|shows them|says why)", "P in Workflows (1) lists all problems"},
		{"emulator records list(?: [a-z_]+)? shows", "Records (3) shows"},
		{"emulator assistants list shows", "Assistant (2) shows"},
		{"emulator models list", "m in Assistant (2)"},
		{"or let run --draft-missing write a skeleton of it", "or let R › Draft missing in Workflows (1) make a skeleton of it"},
		{"run with --draft-missing, which writes a file for the replies", "run with R › Draft missing in Workflows (1), which makes a file for the replies"},
		{"run --draft-missing", "R › Draft missing in Workflows (1)"},
		{"lower --concurrency", "lower R › At once in Workflows (1)"},
		{"with a lower --concurrency", "with a lower R › At once in Workflows (1)"},
		{"raise --max-cost", "raise the budget"},
		{"run without --max-cost", "run without a budget"},
		{"(?:run with|use) --enroll all,? or (?:--enroll )?with record ids", "choose all records or ids with R in Workflows (1)"},
		{"the next run with --answers", "the next run with answers"},
		{"(?:run with|use) --answers ([a-z]+(?: or [a-z]+)?)(?: for it)?", "choose $1 answers"},
		{"run in another era: --era responses, or openai.era", "run in another era: openai.era"},
		{"or run with --records FILE", "or name one with emulator run --records FILE"},
		{"go on with --resume", "go on with u in Runs (4)"},
	}
	out := make([]rewording, len(pairs))
	for i, p := range pairs {
		out[i] = rewording{regexp.MustCompile(p[0]), p[1]}
	}
	return out
}

// worded is a text of hints for the screen.
type worded struct{ list []rewording }

func (w worded) text(s string) string {
	if !names.MatchString(s) {
		return s
	}
	for _, r := range w.list {
		s = r.from.ReplaceAllString(s, r.to)
	}
	return s
}

// names tells that a text may name a command or an option.
var names = regexp.MustCompile("emulator |--[a-z]|account uninstall")

// OnScreen is a hint in terms of the screen: with its places and keys in place of commands and options.
func OnScreen(hint string) string {
	if !names.MatchString(hint) {
		return hint
	}
	return worded{rewordings()}.text(hint)
}

// FoundOnScreen are findings with hints in terms of the screen. Findings that need no other words are handed out as they are.
func FoundOnScreen(list source.Problems) source.Problems {
	var out source.Problems
	var words worded
	for i, p := range list {
		if !names.MatchString(p.Hint) {
			continue
		}
		if out == nil {
			out, words = append(source.Problems(nil), list...), worded{rewordings()}
		}
		out[i].Hint = words.text(p.Hint)
	}
	if out == nil {
		return list
	}
	return out
}

// AskedOnScreen is a step's error with its hint in terms of the screen. What is stored stays as it is.
func AskedOnScreen(e *run.Error) *run.Error {
	if e == nil || !names.MatchString(e.Hint) {
		return e
	}
	out := *e
	out.Hint = OnScreen(e.Hint)
	return &out
}
