package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"askflow/internal/emulator"
	"askflow/internal/hubspot"
	"askflow/internal/report"
	"askflow/internal/source"
)

// recordJSON is a record in the shape of the CRM API, associations as askflow writes them everywhere.
type recordJSON struct {
	ObjectType   string                `json:"objectType"`
	ID           string                `json:"id"`
	Name         string                `json:"name,omitempty"`
	Properties   map[string]string     `json:"properties"`
	Associations []hubspot.Association `json:"associations"`
}

func jsonOfRecord(r *hubspot.Record) recordJSON {
	j := recordJSON{ObjectType: r.ObjectType, ID: r.ID, Name: r.Name(), Properties: map[string]string{}, Associations: r.Associations}
	if j.Associations == nil {
		j.Associations = []hubspot.Association{}
	}
	for _, name := range r.PropertyNames() {
		if v := r.Get(name); v != "" {
			j.Properties[name] = v
		}
	}
	return j
}

type recordsOptions struct {
	output     string
	limit      int
	properties string
}

func (a *App) recordsCommand() *cobra.Command {
	form := ""
	cmd := &cobra.Command{
		Use:   "records",
		Short: "List the portal's records, or show one",
		Args:  oneOf,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.listObjects(cmd.Context(), form) },
	}
	outputFlag(cmd, &form)
	o := &recordsOptions{}
	list := &cobra.Command{
		Use:   "list [OBJECT]",
		Short: "List the records of an object type (contacts, companies, …); without one, the object types",
		Args:  between(0, 1, "one object type"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.listObjects(cmd.Context(), o.output)
			}
			return a.listRecords(cmd.Context(), args[0], o)
		},
		ValidArgsFunction: a.completeObjects,
	}
	list.Flags().IntVar(&o.limit, "limit", 0, "show at most `N` (default: all; as text, the first 50)")
	list.Flags().StringVar(&o.properties, "properties", "", "the properties to show as columns: `NAME,NAME`")
	outputFlag(list, &o.output)
	s := &recordsOptions{}
	show := &cobra.Command{
		Use:     "show [OBJECT] ID",
		Short:   "Show one record with all its properties, and why it would or would not enroll",
		Example: "  emulator records show 101\n  emulator records show companies 501",
		Args:    between(1, 2, "an object type (contacts when left out) and an id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if t, known := hubspot.LookupObjectType(args[0]); known {
					return wrongUsage(cmd, "records show needs the id of a %s too", t.Name)
				}
				args = []string{"contact", args[0]}
			}
			return a.showRecord(cmd.Context(), args[0], args[1], s.output)
		},
		ValidArgsFunction: a.completeObjects,
	}
	outputFlag(show, &s.output)
	cmd.AddCommand(list, show, a.recordsSample())
	return cmd
}

type objectJSON struct {
	ObjectType string   `json:"objectType"`
	Records    int64    `json:"records"`
	Files      []string `json:"files"`
}

func (a *App) listObjects(ctx context.Context, output string) error {
	e, err := a.open(ctx)
	if err != nil {
		return err
	}
	l := listing[objectJSON]{name: "objects", empty: "The portal has no records. Put a HubSpot export at records/contacts.csv."}
	l.table = &report.Table{Head: []string{"OBJECT", "RECORDS", "FILES"}, Grow: 2, Right: map[int]bool{1: true}}
	types := make([]string, 0, len(e.Portal.RecordFiles))
	for t := range e.Portal.RecordFiles {
		types = append(types, t)
	}
	sort.Strings(types)
	for _, t := range types {
		summary, problems, err := e.Scan(ctx, t)
		if err != nil {
			return err
		}
		if problems.HasErrors() {
			return problems.Errors()
		}
		o := objectJSON{ObjectType: t, Records: int64(summary.Records), Files: []string{}}
		for _, f := range e.Portal.RecordFiles[t] {
			o.Files = append(o.Files, f.Path)
		}
		l.items = append(l.items, o)
		l.table.Rows = append(l.table.Rows, []string{t, report.Number(o.Records), strings.Join(o.Files, ", ")})
	}
	return show(a, output, l)
}

// objectOf finds the object type a person means.
func objectOf(name string) (hubspot.ObjectType, error) {
	t, ok := hubspot.LookupObjectType(name)
	if !ok {
		hint := "the object types are " + strings.Join(hubspot.ObjectTypeNames(), ", ")
		if near := source.Nearest(name, hubspot.ObjectTypeNames()); near != "" {
			hint = "did you mean " + near + "?"
		}
		return t, &emulator.Error{Code: "unknown_object_type", Message: fmt.Sprintf("%q is no object type", name), Hint: hint, Exit: emulator.ExitUsage}
	}
	return t, nil
}

func (a *App) listRecords(ctx context.Context, object string, o *recordsOptions) error {
	t, err := objectOf(object)
	if err != nil {
		return err
	}
	e, err := a.open(ctx)
	if err != nil {
		return err
	}
	limit := o.limit
	if limit <= 0 && o.output == "text" {
		limit = 50
	}
	columns := splitList(o.properties)
	l := listing[recordJSON]{name: "records", empty: "The portal has no " + t.Plural + "."}
	l.table = &report.Table{Head: append([]string{"ID", "NAME"}, columns...), Grow: 1, Keep: map[int]bool{0: true}}
	more := false
	n := 0
	err = e.EachRecord(ctx, t.Name, func(r *hubspot.Record) error {
		if n++; limit > 0 && n > limit {
			more = true
			return io.EOF
		}
		if o.output == "jsonl" {
			return writeJSONLine(a.out, jsonOfRecord(r))
		}
		if o.output == "json" {
			l.items = append(l.items, jsonOfRecord(r))
			return nil
		}
		if len(columns) == 0 && n == 1 {
			columns = defaultColumns(r)
			l.table.Head = append([]string{"ID", "NAME"}, columns...)
		}
		l.items = append(l.items, recordJSON{})
		row := []string{oneLine(r.ID), oneLine(r.Name())}
		for _, c := range columns {
			row = append(row, report.Truncate(oneLine(r.Get(c)), 40))
		}
		l.table.Rows = append(l.table.Rows, row)
		return nil
	})
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if o.output == "jsonl" {
		return nil
	}
	if err := show(a, o.output, l); err != nil {
		return err
	}
	if more && o.output == "text" {
		a.note("The first %d; --limit shows more.", limit)
	}
	return nil
}

// defaultColumns are the first properties of a records file that a name does not show already.
func defaultColumns(r *hubspot.Record) []string {
	var out []string
	for _, name := range r.PropertyNames() {
		switch name {
		case "hs_object_id", "firstname", "lastname", "name", "dealname", "subject":
			continue
		}
		if out = append(out, name); len(out) == 4 {
			break
		}
	}
	return out
}

func splitList(s string) []string {
	var out []string
	for _, v := range strings.Split(s, ",") {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// recordView is a record with what the portal's workflows make of it.
type recordView struct {
	recordJSON
	Enrollment []emulator.Eligibility `json:"enrollment"`
}

func (a *App) showRecord(ctx context.Context, object, id, output string) error {
	t, err := objectOf(object)
	if err != nil {
		return err
	}
	e, err := a.open(ctx)
	if err != nil {
		return err
	}
	var found *hubspot.Record
	err = e.EachRecord(ctx, t.Name, func(r *hubspot.Record) error {
		if r.ID == id {
			found = r
			return io.EOF
		}
		return nil
	})
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if found == nil {
		return &emulator.Error{Code: "unknown_record", Message: fmt.Sprintf("the portal has no %s %s", t.Name, id), Hint: "emulator records list " + t.Plural + a.again(), Exit: emulator.ExitUsage}
	}
	view := recordView{jsonOfRecord(found), e.Eligible(ctx, found)}
	switch output {
	case "json":
		return writeJSON(a.out, map[string]any{"record": view})
	case "jsonl":
		return writeJSONLine(a.out, view)
	}
	return a.printRecord(found, view)
}

func (a *App) printRecord(r *hubspot.Record, view recordView) error {
	style := a.style()
	_, _ = fmt.Fprintf(a.out, "%s %s\n", style.Head(report.Safe(titleOf(r))), style.Faint("("+report.Safe(r.ObjectType)+" "+report.Safe(r.ID)+")"))
	var fields []report.Field
	for _, name := range r.PropertyNames() {
		fields = append(fields, report.Field{Label: name, Text: r.Get(name)})
	}
	for _, as := range r.Associations {
		fields = append(fields, report.Field{Label: "associated", Text: as.ObjectType + " " + as.RecordID})
	}
	report.Fields(a.out, style, fields)
	if len(view.Enrollment) > 0 {
		_, _ = fmt.Fprintf(a.out, "\n%s\n", style.Head("Workflows"))
	}
	for _, el := range view.Enrollment {
		mark, text := style.Good("✓"), "enrolls"
		if !el.Enrolls {
			mark, text = style.Faint("✗"), el.Reason
		}
		_, _ = fmt.Fprintf(a.out, "  %s %s: %s\n", mark, report.Safe(el.Workflow), report.Safe(text))
	}
	return nil
}

// titleOf is a record's name, or its type where it has none.
func titleOf(r *hubspot.Record) string {
	if name := r.Name(); name != "" {
		return name
	}
	return r.ObjectType
}
