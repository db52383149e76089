package local

import (
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"askflow/internal/emulator"
	"askflow/internal/rewrite"
	"askflow/internal/service"
	"askflow/internal/source"
)

// Propose works out what changes would make of a workflow's file.
func (w workflows) Propose(ctx context.Context, file string, edits ...service.Edit) (*service.Proposal, error) {
	s, err := w.l.portal(ctx)
	if err != nil {
		return nil, err
	}
	p := &service.Proposal{File: file}
	if len(edits) > 0 && edits[0].Kind == service.EditCreate {
		if err := s.create(p, edits[0]); err != nil {
			return nil, err
		}
		edits = edits[1:]
	} else {
		if p.Base, err = s.readFile(file); err != nil {
			return nil, problem(err)
		}
		p.Text = slices.Clone(p.Base)
	}
	for _, e := range edits {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if p.Text, err = s.edit(p, e); err != nil {
			return nil, editError(err)
		}
	}
	if _, p.Problems, err = s.workflow(ctx, p.File, p.Text); err != nil {
		return nil, problem(err)
	}
	p.Lines = around(rewrite.Lines(string(p.Base), string(p.Text)))
	return p, nil
}

// create makes a new workflow's text and name.
func (s *snapshot) create(p *service.Proposal, e service.Edit) error {
	if p.File != "" {
		return usage("usage", "A new workflow gets its file's name from its own.", "leave the file out")
	}
	var taken []string
	for _, f := range s.workflowFiles() {
		taken = append(taken, path.Base(f))
	}
	objectType := e.ObjectType
	if objectType == "" {
		objectType = "contact"
	}
	name, text, err := rewrite.NewWorkflow(e.Name, objectType, taken)
	if err != nil {
		return editError(err)
	}
	p.File, p.Text = "workflows/"+name, text
	return nil
}

// edit makes one change of the text so far.
func (s *snapshot) edit(p *service.Proposal, e service.Edit) ([]byte, error) {
	f := rewrite.File{Name: p.File, Text: p.Text, OpenAI: s.e.Portal.Settings.OpenAIAction, Options: s.e.Portal.FlowOptions()}
	switch e.Kind {
	case service.EditSetField:
		if isList(e.Field) && e.Value != "" {
			return f.SetFieldNode(e.Step, e.Field, items(e.Value))
		}
		return f.SetField(e.Step, e.Field, e.Value)
	case service.EditTriggers:
		return f.SetTriggers(e.Value)
	case service.EditTop:
		return f.SetTop(e.Field, e.Value)
	case service.EditInsert:
		fields, err := fieldsOf(e.Fields)
		if err != nil {
			return nil, err
		}
		text, _, err := f.InsertStep(placeOf(e), e.Action, fields)
		return text, err
	case service.EditRemove:
		return f.RemoveStep(e.Step)
	case service.EditText:
		return []byte(e.Value), nil
	case service.EditCreate:
		return nil, errors.New("a new workflow is made before everything else that is changed in it")
	}
	return nil, errors.New("this kind of change is not known here")
}

func placeOf(e service.Edit) rewrite.Place {
	if e.After != "" {
		return rewrite.Place{After: e.After}
	}
	return rewrite.Place{First: true, Branch: e.Branch, Arm: e.Arm}
}

// isList tells the fields that take several values, which people write with commas.
func isList(field string) bool {
	return slices.Contains([]string{"users", "teams", "owner_properties"}, field)
}

// isText tells the fields that are taken as they are typed.
func isText(field string) bool {
	return slices.Contains([]string{"id", "assistant", "prompt", "model", "reasoning_effort", "subject", "body", "property", "type", "priority", "stop", "go_to"}, field)
}

// items are the values of a list: of YAML in brackets, or else separated by commas.
func items(text string) *source.Node {
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		if n, problems := source.ParseYAML("list", []byte(text)); !problems.HasErrors() && n != nil && n.Kind == source.Array {
			return n
		}
	}
	list := source.NewArray(source.Pos{})
	for _, item := range strings.Split(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list.Items = append(list.Items, source.NewString(item, source.Pos{}))
		}
	}
	return list
}

// fieldsOf are the fields of a new step. Empty ones are left out.
func fieldsOf(values []service.FieldValue) ([]rewrite.Field, error) {
	var out []rewrite.Field
	for _, v := range values {
		switch {
		case v.Value == "":
		case isList(v.Field):
			out = append(out, rewrite.Field{Name: v.Field, Value: items(v.Value)})
		case v.Field == "stop" && v.Value == "true":
			out = append(out, rewrite.Field{Name: v.Field, Value: source.NewBool(true, source.Pos{})})
		case isText(v.Field), strings.HasPrefix(strings.TrimSpace(v.Value), "{{"):
			out = append(out, rewrite.TextField(v.Field, v.Value))
		default:
			f, err := rewrite.YAMLField(v.Field, v.Value)
			if err != nil {
				return nil, err
			}
			out = append(out, f)
		}
	}
	return out, nil
}

// editError is the error for a change that cannot be made.
func editError(err error) error {
	var found source.Problem
	if errors.As(err, &found) {
		return problem(err)
	}
	e := usage("cannot_edit", err.Error(), "change the file in an editor instead")
	e.Cause = err
	return e
}

// contextLines is how many unchanged lines a difference shows around changed ones.
const contextLines = 3

// around leaves out the unchanged lines that are far from changed ones.
func around(lines []rewrite.DiffLine) []rewrite.DiffLine {
	near := make([]bool, len(lines))
	since := contextLines + 1
	for i, l := range lines {
		if since++; l.Kind != rewrite.Equal {
			since = 0
		}
		near[i] = since <= contextLines
	}
	since = contextLines + 1
	for i := len(lines) - 1; i >= 0; i-- {
		if since++; lines[i].Kind != rewrite.Equal {
			since = 0
		}
		near[i] = near[i] || since <= contextLines
	}
	out := []rewrite.DiffLine{}
	for i, l := range lines {
		if near[i] {
			out = append(out, l)
		}
	}
	return out
}

// Write writes a proposal, and returns when the portal is read again.
func (w workflows) Write(ctx context.Context, p *service.Proposal) error {
	s, err := w.l.portal(ctx)
	if err != nil {
		return err
	}
	if p == nil || !isWorkflow(p.File) && !isDraft(p) {
		return usage("usage", "Only files of workflows, and new files of responses, are written.", "")
	}
	target := filepath.Join(s.e.Portal.Dir, filepath.FromSlash(p.File))
	if isDraft(p) {
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return writeError(err)
		}
	}
	if err := rewrite.Write(target, p.Base, p.Text); err != nil {
		return writeError(err)
	}
	return w.l.keeper.refresh(ctx)
}

func writeError(err error) error {
	var changed *rewrite.ChangedError
	if errors.As(err, &changed) {
		return problem(err)
	}
	e := usage("cannot_write", err.Error(), "check who may write to the folder, and the space left")
	e.Cause = err
	return e
}

// proposed is a draft as it is shown before it is written.
func proposed(d *emulator.Draft) *service.Proposal {
	if d == nil {
		return nil
	}
	return &service.Proposal{File: d.File, Text: d.Text, Lines: rewrite.Lines("", string(d.Text))}
}

// isDraft tells whether a proposal is a new file of responses.
func isDraft(p *service.Proposal) bool {
	folder, name := path.Split(p.File)
	return p.Base == nil && folder == "responses/" && isName(name) && path.Ext(name) == ".yaml"
}
