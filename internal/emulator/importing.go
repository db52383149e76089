package emulator

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"askflow/internal/assistant"
	"askflow/internal/source"
)

// Imported is one assistant of an export, and what of it cannot follow today.
type Imported struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// File is where it was written, relative to the portal folder; "" when it was not.
	File string `json:"file,omitempty"`
	// Skipped says why nothing was written.
	Skipped string `json:"skipped,omitempty"`
	// Lost says what does not work any more, one sentence each, with the nearest replacement.
	Lost []string `json:"lost"`
}

// ImportAssistants reads an exported v2 assistant, a list of them ({"data":[…]}, an array, or JSON Lines), and writes each
// to assistants/NAME.json as it is. A file that is there already is left alone unless replace is set. With dry, nothing
// is written.
func (e *Emulator) ImportAssistants(name string, data []byte, replace, dry bool, today time.Time) ([]Imported, error) {
	nodes, problems := exported(name, data)
	if problems.HasErrors() {
		return nil, invalid("the export", problems)
	}
	if len(nodes) == 0 {
		return nil, usage("empty_export", "", "%s holds no assistants", name)
	}
	taken := map[string]bool{}
	var out []Imported
	var writes []func() error
	for _, n := range nodes {
		a, found := assistant.ReadAssistant(name, n, false)
		if a == nil || found.HasErrors() {
			return nil, invalid("the export", found)
		}
		it := Imported{ID: a.ID, Name: a.Name, Lost: e.lost(a, found, today)}
		file := "assistants/" + fileName(a, taken) + ".json"
		path := filepath.Join(e.Portal.Dir, filepath.FromSlash(file))
		switch other, err := e.Portal.Assistant(a.ID); {
		case err == nil && other.ID == a.ID && !replace:
			it.Skipped = "the portal has it already, in " + other.File
		case err == nil && other.ID == a.ID && strings.HasSuffix(other.File, ".json"):
			file, path = other.File, filepath.Join(e.Portal.Dir, filepath.FromSlash(other.File))
		case err == nil && other.ID == a.ID:
			it.Skipped = "the portal has it in " + other.File + ", which an export does not replace"
		default:
			if _, err := os.Lstat(path); err == nil && !replace {
				it.Skipped = file + " is there already"
			}
		}
		if it.Skipped == "" {
			it.File = file
			writes = append(writes, func() error { return writeFile(path, source.FormatJSON(n)) })
		}
		out = append(out, it)
	}
	if dry {
		return out, nil
	}
	for _, write := range writes {
		if err := write(); err != nil {
			return nil, usage("cannot_write", "", "the assistants cannot be written: %v", err)
		}
	}
	return out, nil
}

// exported finds the assistants in an export.
func exported(name string, data []byte) ([]*source.Node, source.Problems) {
	n, problems := source.ParseJSON(name, data)
	if n == nil {
		if nodes, ok := jsonLines(name, data); ok {
			return nodes, nil
		}
		return nil, problems
	}
	switch {
	case n.Kind == source.Array:
		return n.Items, nil
	case n.Kind == source.Object && n.Get("data") != nil && n.Get("model") == nil:
		if list := n.Get("data"); list.Kind == source.Array {
			return list.Items, nil
		}
	}
	return []*source.Node{n}, nil
}

// jsonLines reads one object a line; ok is false when any line is none.
func jsonLines(name string, data []byte) (nodes []*source.Node, ok bool) {
	for _, line := range strings.Split(string(data), "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		n, _ := source.ParseJSON(name, []byte(line))
		if n == nil || n.Kind != source.Object {
			return nil, false
		}
		nodes = append(nodes, n)
	}
	return nodes, len(nodes) > 1
}

// fileName makes a file name of an assistant's name: letters, digits and dashes, whatever the name holds.
func fileName(a *assistant.Assistant, taken map[string]bool) string {
	var b strings.Builder
	dash := false
	for _, r := range strings.ToLower(a.Name) {
		if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r)
			dash = false
		} else {
			dash = true
		}
		if b.Len() >= 60 {
			break
		}
	}
	base := b.String()
	if base == "" {
		base = "assistant"
	}
	name := base
	for n := 2; taken[name]; n++ {
		name = fmt.Sprintf("%s-%d", base, n)
	}
	taken[name] = true
	return name
}

// lost says what of an assistant does not work today.
func (e *Emulator) lost(a *assistant.Assistant, found source.Problems, today time.Time) []string {
	lost := []string{}
	for _, tool := range a.Tools {
		switch tool {
		case "file_search":
			lost = append(lost, "file_search is not executed: the vector stores it searched stay with OpenAI; put what it needs into the instructions or the prompt")
		case "code_interpreter":
			lost = append(lost, "code_interpreter is not executed: the assistant answers without running code")
		default:
			lost = append(lost, "the tool "+tool+" is not executed: nobody answers its calls")
		}
	}
	m, known := e.Models.Lookup(a.Model)
	switch replacement := e.replacement(m, a, today); {
	case !known:
		lost = append(lost, fmt.Sprintf("the model %s is not in the table of %s: its price and what it takes are unknown", a.Model, e.Models.AsOf()))
	case m.Gone(today):
		lost = append(lost, fmt.Sprintf("the model %s was switched off on %s; %s", a.Model, m.Shutdown.Format(time.DateOnly), replacement))
	case !m.Shutdown.IsZero():
		lost = append(lost, fmt.Sprintf("the model %s will be switched off on %s; %s", a.Model, m.Shutdown.Format(time.DateOnly), replacement))
	}
	if _, refused := assistant.Resolve(a, assistant.Responses, e.Portal.Settings.OpenAI.MaxOutputTokens, e.Models, nil, assistant.FromAssistant(a)); refused != nil {
		lost = append(lost, refused.Message+" "+refused.Hint)
	}
	for _, p := range found {
		if p.Code == "unknown_member" {
			lost = append(lost, p.Message)
		}
	}
	return lost
}

// replacement names the model that comes nearest: one that stays, takes the assistant's temperature if it has one, and
// costs about the same.
func (e *Emulator) replacement(old assistant.Model, a *assistant.Assistant, today time.Time) string {
	best, bestDistance := "", math.Inf(1)
	for _, m := range e.Models.All() {
		if !m.Priced || !m.Shutdown.IsZero() || m.Gone(today) || a.Temperature != nil && m.Temperature == assistant.TemperatureNever {
			continue
		}
		distance := 0.0
		if old.Priced && old.Output > 0 && m.Output > 0 {
			distance = math.Abs(math.Log(float64(m.Output) / float64(old.Output)))
		}
		if distance < bestDistance-1e-9 {
			best, bestDistance = m.ID, distance
		}
	}
	if best == "" {
		return "no model of the table can take its place"
	}
	text := "the nearest that stays is " + best
	if m, _ := e.Models.Lookup(best); a.Temperature != nil && m.Temperature != assistant.TemperatureAlways {
		text += ", which takes a temperature only with reasoning effort none"
	}
	return text + " (table of " + e.Models.AsOf() + ")"
}

// writeFile writes a file whole or not at all.
func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".askflow-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	if _, err := tmp.Write(data); err != nil {
		_ = tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := os.Chmod(tmp.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
