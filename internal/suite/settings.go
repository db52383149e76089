package suite

import (
	"slices"
	"strconv"
	"strings"

	"askflow/internal/emulator"
	"askflow/internal/source"
)

// setting is a key of a test that stands for a flag of a run: what messages call both, and whether the command line beats the file.
type setting struct {
	key, flag string
	beaten    func(*Options) bool
}

func settings() []setting {
	never := func(*Options) bool { return false }
	return []setting{
		{"now", "--now", func(o *Options) bool { return o.Now != "" }},
		{"records", "--records", never},
		{"pins", "--pin", never},
		{"stubs", "--stub", never},
		{"faults", "--faults", never},
	}
}

// misplaced lays an error of what a test says about its run at the place where the test says it. It is false for an error that is about
// something else.
func (p *Plan) misplaced(opt *Options, err error) (source.Problems, bool) {
	known := emulator.AsError(err)
	for _, s := range settings() {
		rest, is := strings.CutPrefix(known.Message, s.flag)
		if !is || s.beaten(opt) || p.test.Node.Get(s.key) == nil {
			continue
		}
		at := problemOf(p.test, p.settingPos(s.key, known.Message), err)
		at.Message = s.key + rest
		at.Hint = strings.NewReplacer("use --stub", "use stubs", "--pin ", "pins: ", "--answers scripted", "answers: scripted").Replace(known.Hint)
		return source.Problems{at}, true
	}
	for _, key := range []string{"faults", "records"} {
		if pos, there := p.test.Pos[key]; there && len(known.Problems) > 0 && p.reads(key, known.Problems[0].File) {
			return append(source.Problems{problemOf(p.test, pos, err)}, known.Problems...), true
		}
	}
	return nil, false
}

// reads tells whether a key of the test names a file.
func (p *Plan) reads(key, file string) bool {
	if key == "faults" {
		return file == p.test.Faults
	}
	return slices.Contains(p.test.Records, file)
}

// settingPos is where the entry of a setting stands that a message is about; the key where it is about no single one.
func (p *Plan) settingPos(key, message string) source.Pos {
	n := p.test.Node.Get(key)
	for _, m := range n.Members {
		step, _, _ := strings.Cut(m.Key, ".")
		if strings.Contains(message, strconv.Quote(m.Key)) || strings.Contains(message, strconv.Quote(step)) {
			return m.KeyPos
		}
	}
	for _, it := range n.Items {
		if it.Text != "" && (strings.Contains(message, strconv.Quote(it.Text)) || strings.Contains(message, " "+it.Text+" cannot")) {
			return it.Pos
		}
	}
	if n.IsScalar() {
		return n.Pos
	}
	return p.test.Pos[key]
}
