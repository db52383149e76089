package mask

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"askflow/internal/source"
)

// Rules say what is masked otherwise than by default.
type Rules struct {
	// Properties are looked at in order; the last one that names a property decides.
	Properties []Rule
	Words      []WordRule
	Patterns   []Pattern
}

// Rule is how the properties of a name are masked.
type Rule struct {
	// Property is an internal name, or a pattern of path.Match: hs_*.
	Property string
	As       Kind
	// From says where the rule stands, for messages: a flag, or "" for File and Pos.
	From string
	File string
	Pos  source.Pos
}

// WordRule is words that free text may mention, and how they are masked.
type WordRule struct {
	Words []string
	As    Kind
}

// Pattern is a form of what is masked in free text.
type Pattern struct {
	Form *regexp.Regexp
	As   Kind
}

// maxRules is how many entries a rules file may have.
const maxRules = 10_000

// ParseKind reads a kind. The error is a sentence that names the nearest one.
func ParseKind(name string) (Kind, error) {
	if slices.Contains(Kinds(), Kind(name)) {
		return Kind(name), nil
	}
	return "", fmt.Errorf("%q is no kind of mask; %s", name, kindHint(name))
}

func kindHint(name string) string {
	names := make([]string, 0, len(Kinds()))
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	if near := source.Nearest(name, names); near != "" {
		return "did you mean " + near + "?"
	}
	return "there are " + strings.Join(names, ", ")
}

// ReadRules reads a rules file: a list of {property, as}, {words, as} and {pattern, as}. A nil node is an empty file.
func ReadRules(file string, n *source.Node) (*Rules, source.Problems) {
	out := &Rules{}
	r := &source.Reader{File: file, Strict: true}
	switch {
	case n == nil:
		return out, nil
	case n.Kind != source.Array:
		r.Errorf(n.Pos, "wrong_type", "write - {property: message, as: text}", "the rules are a list, but here stands %s", n.Kind)
		return out, r.Problems
	case len(n.Items) > maxRules:
		r.Errorf(n.Pos, "too_many_rules", "", "the file has more than %d rules", maxRules)
		return out, r.Problems
	}
	for _, item := range n.Items {
		out.read(r, item)
	}
	return out, r.Problems
}

func (out *Rules) read(r *source.Reader, item *source.Node) {
	f := r.Object(item, "a rule")
	property, pattern, words := f.String("property"), f.String("pattern"), f.Strings("words")
	name := f.Need("as")
	given := 0
	for _, key := range []string{"property", "pattern", "words"} {
		if f.Has(key) {
			given++
		}
	}
	f.Done()
	if name == "" {
		return
	}
	kind, err := ParseKind(name)
	switch {
	case err != nil:
		r.Errorf(f.Pos("as"), "unknown_kind", kindHint(name), "%q is no kind of mask", name)
	case given != 1:
		r.Errorf(item.Pos, "bad_rule", "", "a rule names one of property, words and pattern")
	case f.Has("property"):
		if _, err := path.Match(property, ""); err != nil || property == "" {
			r.Errorf(f.Pos("property"), "bad_pattern", "* stands for any letters, as in hs_*", "%q names no properties", property)
			return
		}
		out.Properties = append(out.Properties, Rule{Property: property, As: kind, File: r.File, Pos: f.Pos("property")})
	case f.Has("words"):
		out.Words = append(out.Words, WordRule{Words: words, As: kind})
	default:
		form, err := regexp.Compile(pattern)
		if err != nil || pattern == "" || form.MatchString("") {
			r.Errorf(f.Pos("pattern"), "bad_pattern", "", "the pattern %q cannot be used: %s", pattern, reason(err))
			return
		}
		out.Patterns = append(out.Patterns, Pattern{Form: form, As: kind})
	}
}

func reason(err error) string {
	if err == nil {
		return "it finds nothing at all everywhere"
	}
	return strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}
