package suite

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"askflow/internal/portal"
	"askflow/internal/recording"
)

// fingerprint is a hash of everything that the test reads: as long as it stays, so do the results.
func (p *Plan) fingerprint() string {
	h := sha256.New()
	put := func(parts ...string) {
		for _, s := range parts {
			_, _ = fmt.Fprintf(h, "%d:%s,", len(s), s) // a hash takes everything
		}
	}
	put(p.test.File, string(p.test.Source))
	sums := func(m map[string]string) {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			put(name, m[name])
		}
	}
	sums(p.survey.Inputs)
	text := string(p.test.Source)
	for _, c := range p.cells {
		settings, err := json.Marshal(c.request)
		if err != nil { // it holds texts and numbers only, but a number may be none
			settings = fmt.Appendf(nil, "%+v", c.request)
		}
		put(c.Label, string(settings), string(c.flow.JSON()))
		text += string(c.flow.JSON()) + c.Assistant
	}
	used := map[string]bool{}
	text = strings.ToLower(text) // a name counts whatever its case
	for _, a := range p.e.Portal.Assistants {
		if strings.Contains(text, strings.ToLower(a.ID)) || a.Name != "" && strings.Contains(text, strings.ToLower(a.Name)) {
			used[a.File], used[a.ID], used[a.Name] = true, true, true
		}
	}
	for _, broken := range p.e.Portal.Problems.Errors() { // a file that cannot be read may keep the test from running
		put(broken.File, broken.Code, broken.Message)
	}
	rules := p.rules(used)
	for _, name := range slices.Sorted(maps.Keys(p.e.Portal.Inputs)) {
		switch path.Dir(name) {
		case "assistants":
			if !used[name] {
				continue
			}
		case "responses":
			if !rules[name] {
				continue
			}
		}
		put(name, p.e.Portal.Inputs[name])
	}
	if p.survey.Answers == portal.AnswersReplay {
		stamps(h, filepath.Join(p.e.Portal.Dir, recording.DirName))
	}
	for _, name := range slices.Sorted(maps.Keys(p.read)) {
		put(name, p.read[name])
	}
	if p.base.Faults != "" {
		data, err := p.e.Portal.Read(p.base.Faults)
		put(string(data), fmt.Sprint(err))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// rules are the response files whose rules may answer the test.
func (p *Plan) rules(used map[string]bool) map[string]bool {
	out := map[string]bool{}
	if p.survey.Answers != portal.AnswersScripted {
		return out
	}
	for _, r := range p.e.Portal.Rules {
		if r.When.Assistant == "" || used[r.When.Assistant] {
			out[r.File] = true
		}
	}
	return out
}

// stamps hashes names, sizes and times of the files in a folder.
func stamps(h hash.Hash, dir string) {
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error { // what cannot be read has no stamp
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			_, _ = fmt.Fprintln(h, name, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
}
