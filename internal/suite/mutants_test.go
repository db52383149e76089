package suite_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"askflow/internal/portal"
)

// mutant is the demo portal with one mistake in it.
type mutant struct {
	// kind is what was broken: reply, fault, prompt, branch, effect, settings, trigger. name says where and how.
	kind, name string
	// workflow is the one whose tests must notice, by its file's name.
	workflow string
	// file is replaced by text; remove is a file that goes with it, "" for none.
	file, remove string
	text         []byte
}

// object is a JSON object. The mutators change copies of the canonical flow, so that one of them serves workflows in JSON and in YAML.
type object = map[string]any

// draft makes mutants of one workflow.
type draft struct {
	t        *testing.T
	workflow string
	source   []byte // canonical JSON of the whole flow
	remove   string
	mutants  []mutant
}

// flowMutants are the mistakes that can be made in a workflow file.
func flowMutants(t *testing.T, p *portal.Portal) []mutant {
	t.Helper()
	var out []mutant
	for _, f := range p.Flows {
		d := &draft{t: t, workflow: strings.TrimSuffix(path.Base(f.File), path.Ext(f.File)), source: f.JSON()}
		if path.Ext(f.File) != ".json" {
			d.remove = f.File
		}
		d.add(harmless, "the workflow", func(object) {})
		d.triggers()
		for i, a := range d.actions(d.copy()) {
			d.action(i, a)
		}
		for i := range parts(d.copy(), "dataSources") {
			d.dataSource(i)
		}
		out = append(out, d.mutants...)
	}
	return out
}

// copy decodes the flow anew.
func (d *draft) copy() object {
	dec := json.NewDecoder(bytes.NewReader(d.source))
	dec.UseNumber()
	var o object
	if err := dec.Decode(&o); err != nil {
		d.t.Fatalf("%s: %v", d.workflow, err)
	}
	return o
}

// add makes a mutant of what change does to a copy of the flow.
func (d *draft) add(kind, name string, change func(flow object)) {
	o := d.copy()
	change(o)
	text, err := json.Marshal(o)
	if err != nil {
		d.t.Fatalf("%s: %s: %v", d.workflow, name, err)
	}
	d.mutants = append(d.mutants, mutant{kind: kind, name: d.workflow + ": " + name, workflow: d.workflow, file: "workflows/" + d.workflow + ".json", remove: d.remove, text: text})
}

// change makes a mutant that differs in one action.
func (d *draft) change(i int, kind, name string, change func(a object)) {
	id := d.actions(d.copy())[i]["actionId"]
	d.add(kind, fmt.Sprintf("action %v: %s", id, name), func(flow object) { change(d.actions(flow)[i]) })
}

func (d *draft) actions(flow object) []object { return parts(flow, "actions") }

// action makes the mutants of one action.
func (d *draft) action(i int, a object) {
	switch a["type"] {
	case "STATIC_BRANCH":
		d.change(i, "branch", "looks at another output", func(a object) { part(a, "inputValue")["dataKey"] = "response" })
		d.arms(i, a, "staticBranches")
		return
	case "LIST_BRANCH":
		d.arms(i, a, "listBranches")
		return
	}
	switch a["actionTypeId"] {
	case "1-900001":
		d.ask(i, part(a, "fields"))
	case "0-5":
		d.setProperty(i, part(a, "fields"))
	case "0-3", "0-8", "0-9":
		d.message(i, part(a, "fields"))
	default:
		d.t.Fatalf("%s: action %v is of a kind that nothing here breaks: %v", d.workflow, a["actionId"], a["actionTypeId"])
	}
	d.connection(i, a)
}

// connection lets an action end the enrollment, and lets whatever leads to it pass it by.
func (d *draft) connection(i int, a object) {
	if nextOf(a) != "" {
		d.change(i, "branch", "ends the enrollment", func(a object) { delete(a, "connection") })
	}
	if a["actionTypeId"] == "1-900001" {
		return
	}
	id := a["actionId"].(string)
	d.add("effect", "action "+id+": is passed by", func(flow object) {
		for _, conn := range connections(flow) {
			if conn["nextActionId"] == id {
				conn["nextActionId"] = nextOf(a)
			}
		}
		clearEmpty(flow)
	})
}

// ask breaks the prompt and the settings of the asking step.
func (d *draft) ask(i int, fields object) {
	set := func(kind, name, field string, value any) {
		d.change(i, kind, name, func(a object) { part(a, "fields")[field] = value })
	}
	prompt := fields["prompt"].(string)
	for name, text := range promptMutants(prompt) {
		set("prompt", name, "prompt", text)
	}
	for _, other := range []string{"email-drafter", "lead-qualifier", "record-summarizer", "state-formatter"} {
		if other != fields["assistant"] {
			set("settings", "asks "+other, "assistant", other)
		}
	}
	model := "gpt-5.4-mini"
	if d.workflow == "email-draft" {
		model = "gpt-6-luna"
	}
	set("settings", "model "+model, "model", model)
	if fields["temperature"] != nil {
		set("settings", "temperature 0.5", "temperature", "0.5")
	}
}

var (
	tokenPattern    = regexp.MustCompile(`\{\{[^}]*\}\}`)
	propertyPattern = regexp.MustCompile(`\.(\w+) \}\}$`)
)

// promptMutants are a text without one of its tokens, with another property in its place, without one of its lines, and with a
// line whose label or data is gone.
func promptMutants(text string) map[string]string {
	out := map[string]string{}
	for _, at := range tokenPattern.FindAllStringIndex(text, -1) {
		token := text[at[0]:at[1]]
		out["without "+token] = text[:at[0]] + text[at[1]:]
		other := ".email }}"
		if strings.Contains(token, "fetched_objects") {
			other = ".createdate }}"
		}
		out["another property for "+token] = text[:at[0]] + propertyPattern.ReplaceAllString(token, other) + text[at[1]:]
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	end := text[len(strings.TrimSuffix(text, "\n")):]
	for i, line := range lines {
		with := func(replace ...string) string {
			return strings.Join(slices.Concat(lines[:i], replace, lines[i+1:]), "\n") + end
		}
		out[fmt.Sprintf("without line %d", i+1)] = with()
		if data := tokenPattern.ReplaceAllString(line, ""); data != line {
			out[fmt.Sprintf("line %d without its data", i+1)] = with(data)
		}
		if label, rest, ok := strings.Cut(line, ": "); ok && label != "" {
			out[fmt.Sprintf("line %d without its label", i+1)] = with(rest)
		}
	}
	return out
}

// dataSource takes the wrong one of several associated records.
func (d *draft) dataSource(i int) {
	if s := parts(d.copy(), "dataSources")[i]; s["sortBy"] != nil {
		d.add("prompt", fmt.Sprintf("the oldest %v", s["name"]), func(flow object) { part(parts(flow, "dataSources")[i], "sortBy")["order"] = "ASC" })
	}
}

// parts and part are what an object holds under a name, objects both; missing ones are empty.
func parts(o object, name string) []object {
	var out []object
	items, _ := o[name].([]any)
	for _, x := range items {
		out = append(out, x.(object))
	}
	return out
}

func part(o object, name string) object {
	m, _ := o[name].(object)
	return m
}

func nextOf(a object) string {
	id, _ := part(a, "connection")["nextActionId"].(string)
	return id
}

// replyMutants are the mistakes that can be made in scripted answers, and in what they stand for: the model's own.
func replyMutants(t *testing.T, fsys fs.FS) []mutant {
	t.Helper()
	of := map[string]string{"state-formatting": "state-formatting", "lead-qualification": "lead-qualification", "email-draft": "email-draft", "email-draft-short": "email-draft", "record-summary": "record-summary", "tone-judge": "email-draft"}
	entries, err := fs.ReadDir(fsys, "responses")
	if err != nil {
		t.Fatal(err)
	}
	var out []mutant
	for _, entry := range entries {
		file, name := "responses/"+entry.Name(), strings.TrimSuffix(entry.Name(), ".yaml")
		if name == "lead-qualification-nano" {
			continue // wrong on purpose, and below what its test tolerates: whatever it says instead is no worse
		}
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			t.Fatal(err)
		}
		if of[name] == "" {
			t.Fatalf("%s: whose answers are these?", file)
		}
		var rules []object
		if err := yaml.Unmarshal(data, &rules); err != nil {
			t.Fatal(err)
		}
		same, err := yaml.Marshal(rules)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, mutant{kind: harmless, name: "answers of " + name, workflow: of[name], file: file, text: same})
		for i, rule := range rules {
			for how, changed := range ruleMutants(name, rules, i) {
				text, err := yaml.Marshal(slices.Concat(rules[:i], changed, rules[i+1:]))
				if err != nil {
					t.Fatal(err)
				}
				kind := "reply"
				if rule["fault"] != nil {
					kind = "fault"
				}
				out = append(out, mutant{kind: kind, name: fmt.Sprintf("%s: %v: %s", name, rule["name"], how), workflow: of[name], file: file, text: text})
			}
		}
	}
	return out
}
