package sample

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"askflow/internal/mask"
)

// Report is what was made, for people and programs.
type Report struct {
	ObjectType string   `json:"objectType"`
	From       []string `json:"from"`
	// Records is how many the export has, Chosen how many of them the sample has.
	Records int64 `json:"records"`
	Chosen  int   `json:"chosen"`
	Size    int   `json:"size"`
	Seed    int64 `json:"seed"`
	// Covered is how many features the sample has; Missing are those of the export for which there was no room.
	Covered int       `json:"covered"`
	Missing []Feature `json:"missing"`
	// Untold is how often a feature was met that is not told apart: there are more than are counted.
	Untold  int64          `json:"untold,omitempty"`
	Picked  []Picked       `json:"picked"`
	Columns []mask.Column  `json:"properties"`
	Files   []ReportedFile `json:"files"`
	Leaks   []mask.Leak    `json:"leaks"`
	Notes   []string       `json:"notes"`
}

// Picked is a record of the sample, and which features it was chosen for: none when it fills up the size.
type Picked struct {
	RecordID string    `json:"recordId"`
	For      []Feature `json:"for"`
}

// ReportedFile is a file that was written.
type ReportedFile struct {
	File       string `json:"file"`
	ObjectType string `json:"objectType"`
	Records    int    `json:"records"`
	Bytes      int    `json:"bytes"`
}

func (w *work) report(masked []mask.Record, leaks []mask.Leak, files []File) *Report {
	r := &Report{
		ObjectType: w.ObjectType, From: []string{}, Records: w.pick.Records, Chosen: len(w.chosen), Size: w.Size, Seed: w.Seed, Covered: w.pick.Covered,
		Missing: append([]Feature{}, w.pick.Missing...), Untold: w.pick.Untold, Picked: []Picked{}, Columns: []mask.Column{}, Files: []ReportedFile{}, Leaks: append([]mask.Leak{}, leaks...), Notes: []string{},
	}
	for _, f := range w.Files {
		r.From = append(r.From, f.Path)
	}
	for i := range w.chosen {
		r.Picked = append(r.Picked, Picked{RecordID: masked[i].ID, For: append([]Feature{}, w.pick.Chosen[i].For...)})
	}
	written := map[string]bool{}
	for _, name := range w.Only {
		written[name] = true
	}
	for _, c := range w.plans[w.ObjectType].Columns {
		if w.Only == nil || written[c.Property] {
			r.Columns = append(r.Columns, c)
		}
	}
	for _, f := range files {
		r.Files = append(r.Files, ReportedFile{File: f.Path, ObjectType: f.ObjectType, Records: f.Records, Bytes: len(f.Data)})
	}
	w.notes(r, masked)
	return r
}

// notes say what somebody should know who commits the files.
func (w *work) notes(r *Report, masked []mask.Record) {
	note := func(format string, args ...any) { r.Notes = append(r.Notes, fmt.Sprintf(format, args...)) }
	formulas, links := 0, 0
	for i := range masked {
		if masked[i].ObjectType == w.ObjectType {
			links += len(masked[i].Associations)
		}
		for _, c := range masked[i].Cells {
			if c.Text != "" && strings.IndexByte("=+-@\t\r", c.Text[0]) >= 0 && (c.Kind == mask.Keep || c.Kind == mask.Text) && strings.Trim(c.Text, "0123456789.,+-") != "" {
				formulas++
			}
		}
	}
	if formulas > 0 {
		note("%s like a formula, as in the export. Do not open the file in a spreadsheet that runs them.", plurals(formulas, "1 value begins", "%d values begin"))
	}
	if slices.ContainsFunc(r.Columns, func(c mask.Column) bool { return c.Kind == mask.Text }) {
		note("Free text may still name people and companies that are not in the sample. Read it before you commit it; a rules file takes further words.")
	}
	if links > 0 && !w.WithAssociated {
		note("The records name %s by their ids. --with-associated writes those beside, masked, too.", plurals(links, "an associated one", "%d associated ones"))
	}
	if w.near.full {
		note("More than %d records are associated with the chosen ones; no more were looked at.", maxAssociated)
	}
	if r.Untold > 0 {
		note("There are more features than are told apart, so some may be missing unsaid.")
	}
}

// Describe is features in words: "grade: ends COMPLETED; message: a line break, more than 500 characters". It holds data.
func Describe(features []Feature) string {
	by := map[string][]string{}
	for _, f := range features {
		name := f.Property
		if f.Workflow != "" {
			name = f.Workflow
		}
		by[name] = append(by[name], f.What)
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(by)) {
		out = append(out, name+": "+strings.Join(by[name], ", "))
	}
	return strings.Join(out, "; ")
}

func plurals(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}
