package sample

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"askflow/internal/hubspot"
	"askflow/internal/mask"
	"askflow/internal/records"
	"askflow/internal/source"
)

// Job is a sample to be made.
type Job struct {
	ObjectType string
	// Files are the export. Others are the files of the other object types, whose records may be associated.
	Files  []records.File
	Others map[string][]records.File
	// Schema are the properties of the portal, Users its users.
	Schema hubspot.Schema
	Users  []hubspot.User
	// Used are the properties whose shapes count, by the workflows that use them; nil for all.
	Used []string
	// Only are the properties that are written; nil for all.
	Only []string
	// Workflows are walked through by all records.
	Workflows []Workflow
	Size      int
	Seed      int64
	Now       time.Time
	Rules     mask.Rules
	Salt      []byte
	// To is the file to write; WithAssociated writes the associated records beside it.
	To             string
	WithAssociated bool
	// Allow takes values of masked properties that stand in the output all the same.
	Allow bool
}

// Workflow is one that the records are walked through.
type Workflow struct {
	Name   string
	Signer Signer
}

// MaxSize is how many records a sample has at most.
const MaxSize = 10_000

// maxAssociated is how many associated records are looked at.
const maxAssociated = 50_000

// File is a file to be written.
type File struct {
	Path, ObjectType string
	Records          int
	Data             []byte
}

// LeakError says that values of masked properties would stand in what is written.
type LeakError struct{ Leaks []mask.Leak }

// Error tells of the first one.
func (e *LeakError) Error() string {
	l := e.Leaks[0]
	where := "the property " + l.InProperty
	if l.InProperty == "" {
		where = "the label of an association"
	}
	more := ""
	if n := len(e.Leaks) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	return fmt.Sprintf("a value that is masked would be written: what the %s %s has in %s stands in %s of the %s %s%s", l.ObjectType, l.RecordID, l.Property, where, l.InType, l.InRecord, more)
}

// Hint says what to do about the first one.
func (e *LeakError) Hint() string {
	const allow = "--allow takes it when it is a coincidence"
	if property := e.Leaks[0].InProperty; property != "" {
		return fmt.Sprintf("--mask %s=text masks it there; %s", property, allow)
	}
	return allow
}

// ObjectOfFile is the object type that a file's name begins with, as in the portal's folder of records; contact when it says none.
func ObjectOfFile(name string) string {
	base := strings.ToLower(filepath.Base(name))
	best, length := "contact", 0
	for _, t := range hubspot.ObjectTypes() {
		for _, word := range []string{t.Plural, t.Name} {
			if strings.HasPrefix(base, word) && len(word) > length {
				best, length = t.Name, len(word)
			}
		}
	}
	return best
}

// work is a job being done.
type work struct {
	*Job
	summary    *records.Summary
	properties []hubspot.Property
	options    records.Options
	profiles   map[string]*mask.Profile
	pick       *Pick
	chosen     []*hubspot.Record
	near       *neighbours
	plans      map[string]*mask.Plan
}

// Make picks and masks the records and gives the files to be written; nothing is written. Errors are *Error, *LeakError,
// source.Problems with what is wrong in the export or the rules, the context's, or those of reading.
func (j *Job) Make(ctx context.Context) (*Report, []File, error) {
	w := &work{Job: j, profiles: map[string]*mask.Profile{}, plans: map[string]*mask.Plan{}}
	for _, step := range []func(context.Context) error{w.scan, w.choose, w.fetch, w.associated, w.plan} {
		if err := step(ctx); err != nil {
			return nil, nil, err
		}
	}
	return w.write(ctx)
}

// scan reads the export once for what is wrong in it, and for its properties.
func (w *work) scan(ctx context.Context) error {
	w.options = records.Options{Properties: w.Schema.Of(w.ObjectType), Users: w.Users}
	summary, problems := records.Scan(ctx, w.ObjectType, w.Files, w.options)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case problems.HasErrors():
		return problems.Errors()
	case summary.Records == 0:
		return &Error{Code: "no_records", Message: fmt.Sprintf("there are no %s to choose from", plural(w.ObjectType)), Hint: "name an export with --records FILE"}
	}
	w.summary = summary
	w.properties = propertiesOf(summary, w.options.Properties)
	return w.known()
}

// propertiesOf are the properties that files carry, in their order.
func propertiesOf(summary *records.Summary, defined *hubspot.Properties) []hubspot.Property {
	inferred := map[string]hubspot.Property{}
	for _, p := range summary.Inferred {
		inferred[p.Name] = p
	}
	var out []hubspot.Property
	for _, name := range summary.Columns {
		p, ok := defined.Get(name)
		if !ok {
			if p, ok = inferred[name]; !ok {
				p = hubspot.Property{Name: name, Label: name, Type: hubspot.TypeString, Inferred: true, Custom: true}
			}
		}
		out = append(out, p)
	}
	return out
}

// known refuses --properties that the export has not.
func (w *work) known() error {
	var names []string
	for _, p := range w.properties {
		names = append(names, p.Name)
	}
	for _, name := range w.Only {
		if !slices.Contains(names, name) {
			hint := "they have " + strings.Join(names[:min(len(names), 12)], ", ")
			if near := source.Nearest(name, names); near != "" {
				hint = "did you mean " + near + "?"
			}
			return &Error{Code: "unknown_property", Message: fmt.Sprintf("--properties: the records have no property %q", name), Hint: hint}
		}
	}
	return nil
}

// choose walks the records through the workflows, then looks at every record, and picks.
func (w *work) choose(ctx context.Context) error {
	opt := Options{Size: w.Size, Seed: w.Seed, Now: w.Now}
	for _, p := range w.properties {
		switch {
		case w.Used != nil && !slices.Contains(w.Used, p.Name):
		case w.Used == nil && w.Only != nil && !slices.Contains(w.Only, p.Name):
		default:
			opt.Properties = append(opt.Properties, p)
		}
		if p.Type == hubspot.TypeString {
			w.profiles[p.Name] = mask.NewProfile()
		}
	}
	for _, flow := range w.Workflows {
		ways, err := WaysOf(ctx, flow.Name, flow.Signer)
		if err != nil {
			return err
		}
		opt.Ways = append(opt.Ways, ways)
	}
	picker := NewPicker(opt)
	names := slices.Sorted(maps.Keys(w.profiles))
	err := w.each(ctx, w.ObjectType, w.Files, func(_ int64, rec *hubspot.Record) error {
		picker.Add(rec)
		for _, name := range names {
			w.profiles[name].Add(rec.Get(name))
		}
		return nil
	})
	w.pick = picker.Pick()
	return err
}

// each reads records; fn may end it with io.EOF.
func (w *work) each(ctx context.Context, objectType string, files []records.File, fn func(place int64, rec *hubspot.Record) error) error {
	r := records.Open(objectType, files, records.Options{Properties: w.Schema.Of(objectType), Users: w.Users})
	defer func() { _ = r.Close() }() // it was only read
	for place := int64(0); ; place++ {
		rec, err := r.Next()
		if err == nil && place%512 == 0 {
			err = ctx.Err()
		}
		if err == nil {
			err = fn(place, rec)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// fetch reads the chosen records.
func (w *work) fetch(ctx context.Context) error {
	left := w.pick.Chosen
	size := 0
	err := w.each(ctx, w.ObjectType, w.Files, func(place int64, rec *hubspot.Record) error {
		if len(left) == 0 {
			return io.EOF
		}
		if place != left[0].Place {
			return nil
		}
		left = left[1:]
		w.chosen = append(w.chosen, rec)
		for _, name := range rec.PropertyNames() {
			size += len(rec.Get(name))
		}
		if size > maxBytes {
			return &Error{Code: "too_large", Message: fmt.Sprintf("the chosen records have more than %d MB", maxBytes>>20), Hint: "choose fewer records with --size"}
		}
		return nil
	})
	if err == nil && len(left) > 0 {
		return &Error{Code: "changed", Message: "the export changed while it was read", Hint: "try again when nobody writes to it"}
	}
	return err
}

// plan decides how every property is masked.
func (w *work) plan(context.Context) error {
	main := mask.NewPlan(w.ObjectType, w.properties, w.profiles, w.Rules.Properties)
	plans := []*mask.Plan{main}
	w.plans[w.ObjectType] = main
	for _, objectType := range slices.Sorted(maps.Keys(w.near.byType)) {
		if objectType == w.ObjectType {
			continue
		}
		properties, profiles := w.near.properties(objectType, w.Schema.Of(objectType))
		plan := mask.NewPlan(objectType, properties, profiles, w.Rules.Properties)
		w.plans[objectType] = plan
		plans = append(plans, plan)
	}
	if problems := mask.Unknown(w.Rules.Properties, plans...); len(problems) > 0 {
		return problems
	}
	return nil
}

// write masks the records and encodes the files.
func (w *work) write(ctx context.Context) (*Report, []File, error) {
	set := &mask.Set{Masker: mask.New(w.Salt), Plans: w.plans, Words: w.Rules.Words, Patterns: w.Rules.Patterns}
	if w.Only != nil {
		only := map[string]bool{}
		for _, name := range w.Only {
			only[name] = true
		}
		set.Only = map[string]map[string]bool{w.ObjectType: only}
	}
	originals := slices.Clone(w.chosen)
	if w.WithAssociated {
		originals = append(originals, w.near.written(w.ObjectType)...)
	}
	masked, err := set.Apply(ctx, originals, w.near.of)
	if err != nil {
		return nil, nil, err
	}
	leaks, err := set.Leaks(ctx, masked, w.near.all())
	if err != nil {
		return nil, nil, err
	}
	if len(leaks) > 0 && !w.Allow {
		return nil, nil, &LeakError{leaks}
	}
	var files []File
	for _, group := range byType(masked) {
		objectType := group[0].ObjectType
		path := w.To
		if objectType != w.ObjectType {
			path = filepath.Join(filepath.Dir(w.To), plural(objectType)+".sample"+filepath.Ext(w.To))
		}
		data, err := Encode(ctx, path, group, objectType, records.Options{Properties: w.Schema.Of(objectType), Users: w.Users})
		if err != nil {
			return nil, nil, err
		}
		files = append(files, File{Path: path, ObjectType: objectType, Records: len(group), Data: data})
	}
	return w.report(masked, leaks, files), files, nil
}

// byType divides records by object type, the first one's first.
func byType(recs []mask.Record) [][]mask.Record {
	var order []string
	groups := map[string][]mask.Record{}
	for _, r := range recs {
		if groups[r.ObjectType] == nil {
			order = append(order, r.ObjectType)
		}
		groups[r.ObjectType] = append(groups[r.ObjectType], r)
	}
	var out [][]mask.Record
	for _, t := range order {
		out = append(out, groups[t])
	}
	return out
}

func plural(objectType string) string {
	t, ok := hubspot.LookupObjectType(objectType)
	if !ok {
		return objectType
	}
	return t.Plural
}
