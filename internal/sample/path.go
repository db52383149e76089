package sample

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"askflow/internal/run"
)

// Signer walks every record of the export through a workflow and tells which way each took: the records' places in the
// input, from 0, and what Path says of their rows. Calls come in the order of the input, from one goroutine.
type Signer interface {
	Sign(ctx context.Context, took func(place int64, path []string) error) error
}

// maxPaths is how many different ways through one workflow are told apart.
const maxPaths = 2000

// Ways are the ways that records took through one workflow. They take four bytes a record.
type Ways struct {
	// Workflow is what reports call the workflow.
	Workflow string
	// Untold is how many records took ways that are not told apart any more.
	Untold int64

	paths  [][]string
	known  map[string]uint32
	places []uint32 // number of the way in paths, by place; the first one is none
}

// WaysOf walks all records through a workflow.
func WaysOf(ctx context.Context, workflow string, s Signer) (*Ways, error) {
	w := &Ways{Workflow: workflow, paths: [][]string{nil}, known: map[string]uint32{}}
	err := s.Sign(ctx, func(place int64, path []string) error {
		for int64(len(w.places)) <= place {
			w.places = append(w.places, 0)
		}
		w.places[place] = w.number(path)
		return nil
	})
	return w, err
}

func (w *Ways) number(path []string) uint32 {
	key := strings.Join(path, "\x00")
	if n, known := w.known[key]; known {
		return n
	}
	if len(w.paths) > maxPaths {
		w.Untold++
		return 0
	}
	n := uint32(len(w.paths))
	w.paths = append(w.paths, append([]string{}, path...))
	w.known[strings.Clone(key)] = n
	return n
}

// at is the way that the record at a place took, and its number.
func (w *Ways) at(place int64) (n uint32, path []string) {
	if place < int64(len(w.places)) {
		n = w.places[place]
	}
	return n, w.paths[n]
}

// quoted are the data in a sentence, without which one reason is the same for all.
var quoted = regexp.MustCompile(`"[^"]*"|[0-9]+`)

// walked is what of a step decides the way.
type walked struct {
	ActionID string        `json:"actionId"`
	Name     string        `json:"name"`
	State    run.StepState `json:"state"`
	Branch   *string       `json:"branch"`
	Error    *struct {
		Code string `json:"code"`
	} `json:"error"`
}

// longestName is how many bytes of a branch's name or a reason are looked at.
const longestName = 200

// Path is what a record's way through a workflow has in common with others: how it ended, each branch that it took, each
// step that failed or had no answer, and all of it together.
func Path(row *run.Row) ([]string, error) {
	end := "ends " + string(row.State)
	if row.State == run.NotEnrolled {
		return []string{clip(end + ": " + quoted.ReplaceAllString(row.Reason, "…"))}, nil
	}
	var steps []walked
	if len(row.Steps) > 0 {
		if err := json.Unmarshal(row.Steps, &steps); err != nil {
			return nil, fmt.Errorf("the steps of the %s %s cannot be read: %w", row.Record.ObjectType, row.Record.ID, err)
		}
	}
	out := []string{end}
	whole := make([]string, 0, len(steps))
	seen := map[string]bool{}
	for _, s := range steps {
		name := s.Name
		if name == "" {
			name = s.ActionID
		}
		word := name
		switch {
		case s.Branch != nil:
			word = name + " takes " + *s.Branch
		case s.Error != nil:
			word = name + " fails: " + s.Error.Code
		case s.State != run.Success:
			word = name + " is " + string(s.State)
		}
		word = clip(word)
		if word != name && !seen[word] {
			seen[word] = true
			out = append(out, word)
		}
		if len(whole) < 100 { // a loop may go on for long
			whole = append(whole, word)
		}
	}
	if len(whole) > 0 {
		out = append(out, "goes "+strings.Join(whole, " → "))
	}
	return out, nil
}

func clip(s string) string {
	if len(s) > longestName {
		return strings.ToValidUTF8(s[:longestName], "") + "…"
	}
	return s
}
