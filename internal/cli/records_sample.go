package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"askflow/internal/emulator"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/mask"
	"askflow/internal/portal"
	"askflow/internal/records"
	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/sample"
	"askflow/internal/source"
)

type sampleOptions struct {
	workflows, records, masks, keep   []string
	rules, properties, salt, saltFile string
	to, output                        string
	size                              int
	seed                              int64
	dry, force, allow, associated     bool
}

func (a *App) recordsSample() *cobra.Command {
	o := &sampleOptions{}
	cmd := &cobra.Command{
		Use:   "sample [OBJECT | FILE]",
		Short: "Write a small fixture file from a large export: every branch and every shape of value, no personal data",
		Long: `Choose a few records of an export so that they take every branch of the workflows and show every shape that values have, and
write them with their personal data masked. The same value always gets the same mask, as long as the salt is the same; the
portal keeps one in its state folder. Text keeps what is not personal, since prompts need it. Nothing is written when a value
of a masked property would still stand in the output.`,
		Example: "  emulator records sample contacts --workflow lead-qualification --to tests/records/contacts.csv\n" +
			"  emulator records sample export.csv --size 30 --mask sales_notes=text --keep city --to contacts.jsonl --dry-run",
		Args: between(0, 1, "an object type or a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.to == "" {
				return wrongUsage(cmd, "--to names the file to write, and is missing")
			}
			if o.size < 1 || o.size > sample.MaxSize {
				return wrongUsage(cmd, "--size: a sample has 1 to %d records, not %d", sample.MaxSize, o.size)
			}
			if o.salt != "" && o.saltFile != "" {
				return wrongUsage(cmd, "--salt and --salt-file both name the salt")
			}
			return a.sampleRecords(cmd.Context(), args, o)
		},
		ValidArgsFunction: a.completeObjects,
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.workflows, "workflow", nil, "cover the branches of `WORKFLOW`, and the shapes of the properties it uses; repeatable (default: the shapes of all properties)")
	f.IntVar(&o.size, "size", 50, "how many records: `N`")
	f.StringArrayVar(&o.records, "records", nil, "choose from `FILE` instead of the portal's records; repeatable")
	f.StringArrayVar(&o.masks, "mask", nil, "mask a property in another way: `PROPERTY=KIND`; id alone masks record ids; repeatable")
	f.StringVar(&o.rules, "mask-rules", "", "a YAML `FILE` that says what is masked how")
	f.StringArrayVar(&o.keep, "keep", nil, "leave `PROPERTY` as it is; repeatable")
	f.StringVar(&o.properties, "properties", "", "write only these properties: `NAME,NAME`")
	f.Int64Var(&o.seed, "seed", 1, "which records fill up the size: `N`")
	f.StringVar(&o.salt, "salt", "", "what masks depend on: `TEXT` (default: kept in the portal's state folder)")
	f.StringVar(&o.saltFile, "salt-file", "", "read the salt from `FILE`, to share it")
	f.StringVar(&o.to, "to", "", "the `FILE` to write: .csv, .jsonl or .json")
	f.BoolVar(&o.associated, "with-associated", false, "write the associated records, too: companies.sample.csv beside the file")
	f.BoolVar(&o.dry, "dry-run", false, "say what would be written, write nothing")
	f.BoolVar(&o.force, "force", false, "write over a file that is there")
	f.BoolVar(&o.allow, "allow", false, "write it even though values of masked properties stand in it")
	choiceFlag(cmd, &o.output, "output", "o", "text", "the `FORM` of the report", "text", "json")
	_ = cmd.RegisterFlagCompletionFunc("workflow", func(cmd *cobra.Command, _ []string, to string) ([]string, cobra.ShellCompDirective) {
		return a.completeWorkflows(cmd, nil, to)
	})
	return cmd
}

// badSample is a refusal of what was asked for.
func badSample(hint, format string, args ...any) error {
	return &emulator.Error{Code: "usage", Message: fmt.Sprintf(format, args...), Hint: hint, Exit: emulator.ExitUsage}
}

func (a *App) sampleRecords(ctx context.Context, args []string, o *sampleOptions) error {
	e, err := a.open(ctx)
	if err != nil {
		return err
	}
	job := &sample.Job{Schema: e.Portal.Schema, Users: e.Portal.Users, Size: o.size, Seed: o.seed, Now: e.Portal.Settings.StartOfClock(), Only: splitList(o.properties),
		To: o.to, WithAssociated: o.associated, Allow: o.allow, Others: e.Portal.RecordFiles}
	var flows []*flow.Flow
	for _, name := range o.workflows {
		f, err := e.Portal.Workflow(name)
		if err != nil {
			return unreadable(e, name, err)
		}
		flows = append(flows, f)
	}
	if err := sampleSource(e, job, args, o, flows); err != nil {
		return err
	}
	if err := samplePlace(e, job, o); err != nil {
		return err
	}
	if err := sampleRules(job, o); err != nil {
		return err
	}
	notes := []string{}
	for _, f := range flows {
		job.Used = append(job.Used, sample.Used(f)...)
		job.Workflows = append(job.Workflows, sample.Workflow{Name: f.FileName, Signer: &trialSigner{e, f, o.records, &notes}})
	}
	salt, said, err := sampleSalt(e, o)
	if err != nil {
		return err
	}
	job.Salt = salt
	made, files, err := job.Make(ctx)
	if err != nil {
		return sampleFailed(err)
	}
	if !o.dry {
		if err := sample.Save(files, o.force); err != nil {
			return sampleFailed(err)
		}
	}
	made.Notes = append(append(notes, made.Notes...), said...)
	if o.output == "json" {
		return writeJSON(a.out, map[string]any{"sample": made})
	}
	return a.showSample(made, o)
}

// sampleSource finds out which object type is meant, and which files hold it.
func sampleSource(e *emulator.Emulator, job *sample.Job, args []string, o *sampleOptions, flows []*flow.Flow) error {
	object := ""
	if len(args) == 1 {
		_, isObject := hubspot.LookupObjectType(args[0])
		info, err := os.Stat(args[0])
		switch {
		case !isObject && err == nil && !info.IsDir():
			o.records = append([]string{args[0]}, o.records...)
		case !isObject && slices.Contains([]string{".csv", ".json", ".jsonl", ".ndjson"}, strings.ToLower(filepath.Ext(args[0]))):
			return badSample("name a HubSpot export", "the file %s cannot be read: there is none", args[0])
		default:
			object = args[0]
		}
	}
	switch {
	case object != "":
	case len(flows) > 0:
		object = flows[0].ObjectType().Name
	case len(o.records) > 0:
		object = sample.ObjectOfFile(o.records[0])
	default:
		object = "contact"
	}
	t, err := objectOf(object)
	if err != nil {
		return err
	}
	for _, f := range flows {
		if f.ObjectType().ID != t.ID {
			return badSample("name a workflow of that type, or leave it out", "the workflow %s enrolls %s, and the sample is of %s", f.FileName, f.ObjectType().Plural, t.Plural)
		}
	}
	job.ObjectType = t.Name
	job.Files = e.Portal.RecordFiles[t.Name]
	if len(o.records) > 0 {
		job.Files = nil
	}
	for _, name := range o.records {
		f, err := os.Open(name)
		if err != nil {
			return badSample("name a HubSpot export", "--records: %s cannot be read: %v", name, reasonOf(err))
		}
		_ = f.Close() // nothing was written
		job.Files = append(job.Files, records.File{Path: name, Open: func() (io.ReadCloser, error) { return os.Open(name) }})
	}
	if len(job.Files) == 0 {
		return badSample("name an export with --records FILE, or put one into records/", "the portal has no %s", t.Plural)
	}
	return nil
}

// samplePlace refuses to write where it would do harm.
func samplePlace(e *emulator.Emulator, job *sample.Job, o *sampleOptions) error {
	if _, ok := sample.Format(o.to); !ok {
		return badSample("name a file that ends in one of "+strings.Join(sample.Formats(), ", "), "--to: %s is no file that can be written", o.to)
	}
	there, err := os.Stat(o.to)
	if err == nil {
		sources := slices.Clone(o.records)
		if len(o.records) == 0 {
			for _, f := range job.Files {
				sources = append(sources, filepath.Join(e.Portal.Dir, filepath.FromSlash(f.Path)))
			}
		}
		for _, name := range sources {
			if info, err := os.Stat(name); err == nil && os.SameFile(info, there) {
				return badSample("name another file", "--to: %s is the file that the records come from", o.to)
			}
		}
		if there.IsDir() {
			return badSample("name a file in it", "--to: %s is a folder", o.to)
		}
		if !o.force && !o.dry {
			return badSample("--force writes over it", "--to: %s exists already; nothing was written", o.to)
		}
	}
	into, err := filepath.Abs(filepath.Dir(o.to))
	if own, other := os.Stat(filepath.Join(e.Portal.Dir, "records")); err == nil && other == nil && len(o.records) == 0 {
		if folder, err := os.Stat(into); err == nil && os.SameFile(own, folder) {
			return badSample("write it to tests/records/, or anywhere else", "--to: in records/ the portal would have every chosen record twice")
		}
	}
	return nil
}

// sampleRules reads what is to be masked otherwise: the file first, so that flags have the last word.
func sampleRules(job *sample.Job, o *sampleOptions) error {
	if o.rules != "" {
		data, err := os.ReadFile(o.rules)
		if err != nil {
			return badSample("name a YAML file", "--mask-rules: %s cannot be read: %v", o.rules, reasonOf(err))
		}
		node, problems := source.ParseYAML(o.rules, data)
		if !problems.HasErrors() {
			var rules *mask.Rules
			if rules, problems = mask.ReadRules(o.rules, node); rules != nil {
				job.Rules = *rules
			}
		}
		if problems.HasErrors() {
			return &emulator.Error{Code: "invalid_rules", Message: "the rules for masks cannot be used", Exit: emulator.ExitUsage, Problems: problems.Errors()}
		}
	}
	for _, text := range o.masks {
		property, name, given := strings.Cut(text, "=")
		if property = strings.TrimSpace(property); !given && property == mask.RecordID {
			name = string(mask.ID)
		} else if !given || property == "" {
			return badSample("write --mask PROPERTY=KIND", "--mask: %q does not say how what is masked", text)
		}
		kind, err := mask.ParseKind(strings.TrimSpace(name))
		if err != nil {
			return badSample("", "--mask: %v", err)
		}
		job.Rules.Properties = append(job.Rules.Properties, mask.Rule{Property: property, As: kind, From: "--mask"})
	}
	for _, text := range o.keep {
		for _, property := range splitList(text) {
			job.Rules.Properties = append(job.Rules.Properties, mask.Rule{Property: property, As: mask.Keep, From: "--keep"})
		}
	}
	return nil
}

// sampleSalt finds the salt, with what there is to say about it.
func sampleSalt(e *emulator.Emulator, o *sampleOptions) (salt []byte, said []string, err error) {
	switch {
	case o.salt != "":
		if len(o.salt) < 12 {
			said = append(said, "The salt is short: who knows a few masks can find it by trying, and with it what they stand for.")
		}
		return []byte(o.salt), said, nil
	case o.saltFile != "":
		if salt, err = mask.ReadSalt(o.saltFile); err != nil {
			return nil, nil, badSample("it is a text file with the salt and nothing else", "--salt-file: %s cannot be used: %v", o.saltFile, reasonOf(err))
		}
		return salt, nil, nil
	}
	file := filepath.Join(e.Portal.StateDir, mask.SaltName)
	if o.dry {
		if salt, err = mask.ReadSalt(file); errors.Is(err, fs.ErrNotExist) {
			return mask.RandomSalt(), []string{"The portal has no salt yet; the first sample that is written makes one."}, nil
		}
	} else if err = e.Portal.EnsureState(); err == nil {
		var made bool
		if salt, made, err = mask.KeptSalt(e.Portal.StateDir); made {
			said = append(said, "A salt was made and kept in "+file+". Masks stay the same as long as it does; others get the same ones with a copy of it and --salt-file.")
		}
	}
	if err != nil {
		return nil, nil, badSample("name one with --salt-file, or repair the file", "the salt in %s cannot be used: %v", file, reasonOf(err))
	}
	return salt, said, nil
}

// trialSigner walks the records through a workflow with scripted answers; nothing is stored.
type trialSigner struct {
	e       *emulator.Emulator
	flow    *flow.Flow
	records []string
	notes   *[]string
}

// Sign is sample.Signer's.
func (s *trialSigner) Sign(ctx context.Context, took func(place int64, path []string) error) error {
	request := emulator.Request{Workflow: s.flow.File, Records: s.records, Answers: portal.AnswersScripted, Clock: "skip", Seed: 1}
	done, err := s.e.Trial(ctx, emulator.Trial{Request: request, Rows: func(_ context.Context, rows []run.Row) error {
		for i := range rows {
			path, err := sample.Path(&rows[i])
			if err == nil {
				err = took(rows[i].Seq, path)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}})
	switch {
	case err != nil:
		return err
	case done.Err != nil && done.Err.Exit == emulator.ExitInterrupted:
		return done.Err
	case done.Err != nil:
		*s.notes = append(*s.notes, fmt.Sprintf("The workflow %s stopped early, so the ways of later records through it are not known: %s.", s.flow.FileName, done.Err.Message))
	}
	return nil
}

// sampleFailed gives an error of package sample the program's form.
func sampleFailed(err error) error {
	var refused *sample.Error
	var leak *sample.LeakError
	var problems source.Problems
	var one source.Problem
	switch {
	case errors.As(err, &refused):
		return &emulator.Error{Code: refused.Code, Message: refused.Message, Hint: refused.Hint, Exit: emulator.ExitUsage}
	case errors.As(err, &leak):
		return &emulator.Error{Code: "leak", Message: leak.Error() + "; nothing was written", Exit: emulator.ExitUsage,
			Hint: leak.Hint()}
	case errors.As(err, &problems):
		return &emulator.Error{Code: "invalid_records", Message: "the sample cannot be made", Exit: emulator.ExitUsage, Problems: problems}
	case errors.As(err, &one):
		return &emulator.Error{Code: "invalid_records", Message: "the sample cannot be made", Exit: emulator.ExitUsage, Problems: source.Problems{one}}
	}
	return err
}

// showSample prints the report.
func (a *App) showSample(r *sample.Report, o *sampleOptions) error {
	style := a.style()
	objects, _ := objectOf(r.ObjectType) // it was found before
	_, _ = fmt.Fprintf(a.out, "%s of %s from %s\n", style.Head(report.Number(int64(r.Chosen))), report.Count(r.Records, objects.Plural), report.Safe(strings.Join(r.From, ", ")))
	picks := &report.Table{Head: []string{"ID", "CHOSEN FOR"}, Grow: 1, Keep: map[int]bool{0: true}}
	for _, p := range r.Picked {
		why := "filling up"
		if len(p.For) > 0 {
			why = sample.Describe(p.For)
		}
		picks.Rows = append(picks.Rows, []string{oneLine(p.RecordID), oneLine(why)})
	}
	masks := &report.Table{Head: []string{"PROPERTY", "MASK", "WHY"}, Grow: 2, Keep: map[int]bool{0: true}}
	for _, c := range r.Columns {
		masks.Rows = append(masks.Rows, []string{oneLine(c.Property), string(c.Kind), oneLine(c.Why)})
	}
	for _, t := range []*report.Table{picks, masks} {
		_, _ = fmt.Fprintln(a.out)
		if err := t.Write(a.out, style); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintf(a.out, "\n%s of %s features of the export are in the sample.\n", report.Number(int64(r.Covered)), report.Number(int64(r.Covered+len(r.Missing))))
	for i, f := range r.Missing {
		if i == 20 && !a.verbose {
			_, _ = fmt.Fprintf(a.out, "  … and %d more (--verbose shows all)\n", len(r.Missing)-i)
			break
		}
		_, _ = fmt.Fprintf(a.out, "  %s %s (%s)\n", style.Warn("not covered:"), oneLine(sample.Describe([]sample.Feature{f})), report.Count(f.Records, "records"))
	}
	for _, l := range r.Leaks {
		_, _ = fmt.Fprintf(a.out, "  %s what %s %s has in %s stands in %s %s\n", style.Bad("not masked:"), oneLine(l.ObjectType), oneLine(l.RecordID), oneLine(l.Property), oneLine(l.InType), oneLine(l.InRecord+" "+l.InProperty))
	}
	verb := "written"
	if o.dry {
		verb = "would be written"
	}
	for _, f := range r.Files {
		_, _ = fmt.Fprintf(a.out, "%s %s: %s\n", style.Good("✓"), report.Safe(f.File), verb+", "+report.Count(int64(f.Records), "records"))
	}
	for _, n := range r.Notes {
		a.note("%s", a.errStyle().Warn(oneLine(n)))
	}
	return nil
}
