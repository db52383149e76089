package flowdraw_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"askflow/internal/flow"
	"askflow/internal/run"
	"askflow/internal/source"
	"askflow/internal/tui/flowdraw"
)

func TestNextFollowsTheConnections(t *testing.T) {
	t.Parallel()
	flows := all(t)
	lead, uneven, unreachable, loop := flows["demo-lead-qualification"], flows["crafted-uneven"], flows["crafted-unreachable"], flows["crafted-loop"]
	for _, c := range []struct {
		name string
		f    *flow.Flow
		from string
		keys string
		want string
	}{
		{"down the first connections", lead, "", "ddd", "4"},
		{"up again", lead, "4", "uuu", ""},
		{"into the arm that ends", lead, "2", "r", "3"},
		{"across all arms", lead, "5", "drrrr", "15"},
		{"and back", lead, "15", "lll", "10"},
		{"to the nearest line beside", lead, "11", "l", "7"},
		{"no further than the last arm", lead, "15", "rr", "15"},
		{"up from an arm", lead, "10", "u", "5"},
		{"over an arm without cards", uneven, "2", "r", "7"},
		{"from an arm to what follows", uneven, "8", "d", "6"},
		{"to what is not reached", unreachable, "1", "dd", "3"},
		{"and back up", unreachable, "2", "u", "1"},
		{"not round a loop", loop, "3", "d", "4"},
		{"from nowhere", loop, "nobody", "d", ""},
	} {
		d := flowdraw.New(c.f, nil)
		at := c.from
		for _, k := range c.keys {
			at = d.Next(at, map[rune]flowdraw.Direction{'u': flowdraw.Up, 'd': flowdraw.Down, 'l': flowdraw.Left, 'r': flowdraw.Right}[k])
		}
		if at != c.want {
			t.Errorf("%s: %q from %q leads to %q, not to %q", c.name, c.keys, c.from, at, c.want)
		}
	}
}

// Every card can be reached with down and right from the first one, and is in view when it is selected.
func TestEveryCardCanBeReachedAndIsShown(t *testing.T) {
	t.Parallel()
	for name, f := range all(t) {
		if len(f.Actions) > 200 {
			continue
		}
		d := flowdraw.New(f, nil)
		seen, queue := map[string]bool{"": true}, []string{""}
		for len(queue) > 0 {
			at := queue[0]
			queue = queue[1:]
			for _, dir := range []flowdraw.Direction{flowdraw.Up, flowdraw.Down, flowdraw.Left, flowdraw.Right} {
				if to := d.Next(at, dir); !seen[to] {
					seen[to] = true
					queue = append(queue, to)
				}
			}
		}
		for _, a := range f.Actions {
			if !seen[a.ID] {
				t.Errorf("%s: no key leads to %s", name, a.ID)
			}
			for _, size := range [][2]int{{60, 14}, {120, 20}} {
				view := ansi.Strip(d.View(env(), flowdraw.Options{Width: size[0], Height: size[1], Selected: a.ID}))
				lines := strings.Split(view, "\n")
				found := -1
				for y, l := range lines {
					if strings.Contains(l, "▸ ") {
						found = y
					}
				}
				if found < 1 || found > len(lines)-2 {
					t.Errorf("%s: %s is not in view at %v:\n%s", name, a.ID, size, view)
				}
			}
		}
		if len(f.Actions) > 0 && d.Next(d.Last(), flowdraw.Down) == d.Last() && !d.Has(d.Last()) {
			t.Errorf("%s: the last card is none", name)
		}
	}
}

func TestClicksFindCards(t *testing.T) {
	t.Parallel()
	d := flowdraw.New(all(t)["demo-lead-qualification"], nil)
	o := flowdraw.Options{Width: 120, Height: 40, Selected: "5"}
	lines := strings.Split(ansi.Strip(d.View(env(), o)), "\n")
	for y, l := range lines {
		before, _, found := strings.Cut(l, "action 12")
		if !found {
			continue
		}
		if id, ok := d.At(ansi.StringWidth(before)+3, y); !ok || id != "12" {
			t.Errorf("a click on action 12 finds %q, %v", id, ok)
		}
		if id, ok := d.At(ansi.StringWidth(before)-4, y); ok {
			t.Errorf("a click beside action 12 finds %q", id)
		}
		return
	}
	t.Errorf("action 12 is not shown:\n%s", strings.Join(lines, "\n"))
}

func TestScrollKeepsUntilTheSelectionChanges(t *testing.T) {
	t.Parallel()
	d := flowdraw.New(all(t)["crafted-chain"], nil)
	o := flowdraw.Options{Width: 60, Height: 20, Selected: "1"}
	d.View(env(), o)
	d.Scroll(100)
	if view := ansi.Strip(d.View(env(), o)); strings.Contains(view, "▸") || !strings.Contains(view, "action 21") {
		t.Errorf("scrolling shows:\n%s", view)
	}
	o.Selected = "2"
	if view := ansi.Strip(d.View(env(), o)); !strings.Contains(view, "▸ action 2 ") {
		t.Errorf("the new selection is not shown:\n%s", view)
	}
	d.Scroll(1 << 30)
	if view := ansi.Strip(d.View(env(), o)); !strings.Contains(view, "■ end") || d.Position() != "end" {
		t.Errorf("the end is not shown, position %s:\n%s", d.Position(), view)
	}
}

func TestWhatIsLitCountedAndWrongIsMarked(t *testing.T) {
	t.Parallel()
	f := all(t)["demo-lead-qualification"]
	ok, hot := "SUCCESS", "Warm"
	steps := []run.Step{{ActionID: "1"}, {ActionID: "2", Branch: &ok}, {ActionID: "4"}, {ActionID: "5", Branch: &hot}, {ActionID: "10"}, {ActionID: "11"}}
	o := flowdraw.Options{Width: 120, Height: 60, Selected: "1", Lit: flowdraw.LitSteps(steps), Names: func(string) string { return "The qualifier" },
		Problems: map[string]source.Severity{"3": source.SeverityError, "10": source.SeverityWarning, "": source.SeverityNote},
		Counts:   map[string]int64{"1": 12, "5": 1234, flowdraw.Edge("5", "Warm"): 7}}
	got := draw(t, f, o)
	for _, want := range []string{"● SUCCESS", "● Warm · 7", "The qualifier", "action 3        ✗", "action 10       !", "· note", " 12 ", " 1,234 ", "╔═ ✦", "┃"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not drawn:\n%s", want, got)
		}
	}
	for _, not := range []string{"● Hot", "● None met"} {
		if strings.Contains(got, not) {
			t.Errorf("%q is drawn:\n%s", not, got)
		}
	}
	if n := strings.Count(got, "╔"); n != 7 {
		t.Errorf("%d cards are lit, not 7:\n%s", n, got)
	}
}

func TestHardTextIsHarmless(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 10_000)
	big := strings.Repeat("word \u001b[31m", 400_000)
	prompt := quoted(big)
	ask := fmt.Sprintf(`{"type":"SINGLE_CONNECTION","actionId":"1","actionTypeVersion":1,"actionTypeId":"1-900001","fields":{"assistant":%s,"prompt":%s},"connection":{"edgeType":"STANDARD","nextActionId":"2"}}`,
		quoted("a\u0000b\u202e\u200b"+long), prompt)
	f := read(t, "1", ask, branch("2", "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301👨‍👩‍👧=", long+"=", "\t\r\n\u009b31m="))
	for _, width := range []int{1, 2, 3, 5, 20, 25, 60, 80, 121, 200} {
		draw(t, f, flowdraw.Options{Width: width, Height: 30, Selected: "2", Names: func(s string) string { return s }})
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	y := `name: x
object: contact
enabled: true
enroll:
  when:
    - {lifecyclestage: {any_of: [lead, marketingqualifiedlead]}, message: known}
    - {amount: {gte: 10, lt: 20}, in_list: 42}
    - {city: {starts_with: [B], or_unknown: true}, closedate: {before: 2026-02-01}}
  re_enroll: [message, {state: {any_of: [CA]}}]
goal: {lifecyclestage: {none_of: [customer]}}
steps: []
`
	f, problems := flow.Parse("x.yaml", []byte(y), flow.DefaultOpenAIAction())
	if f == nil {
		t.Fatal(problems)
	}
	want := []string{
		"lifecyclestage is any of lead, marketingqualifiedlead AND message is known",
		"amount is at least 10 AND amount is less than 20 AND in list 42",
		"city starts with B or unknown AND closedate is before 2026-02-01",
	}
	if diff := cmp.Diff(want, flowdraw.Triggers(f)); diff != "" {
		t.Errorf("triggers (-want +got):\n%s", diff)
	}
	if got := flowdraw.Again(f); got != "re-enrolls when message changes, or state changes and is any of CA" {
		t.Errorf("again: %q", got)
	}
	if diff := cmp.Diff([]string{"lifecyclestage is none of customer"}, flowdraw.Sentences(f.Goal)); diff != "" {
		t.Errorf("goal (-want +got):\n%s", diff)
	}
	if got := flowdraw.Triggers(nil); got != nil {
		t.Errorf("nothing has triggers: %q", got)
	}
}

func TestSummaries(t *testing.T) {
	t.Parallel()
	flows := portals(t)
	got := map[string]string{}
	for _, id := range []string{"1", "2", "3", "4", "5", "8", "9"} {
		got[id] = flowdraw.Summary(flows["demo-lead-qualification"].Action(id), nil, nil)
	}
	want := map[string]string{
		"1": "lead-qualifier · Name: {firstname} {lastname} Company: {company} Job title: {jobtitle} Country: {country} Message: {message}",
		"2": "on the outcome of action 1: SUCCESS, None met",
		"3": "Grade by hand: {firstname} {lastname} · due in 1 day",
		"4": "lead_grade_reason = response of action 1",
		"5": "5 arms: Hot, Warm, No sale, Spam, None met",
		"8": "to user 16 · Hot lead: {firstname} {lastname}, {company}",
		"9": "Call {firstname} {lastname} today · due in 4 hours",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("summaries (-want +got):\n%s", diff)
	}
	if got := flowdraw.Summary(nil, nil, nil); got != "" {
		t.Errorf("nothing is %q", got)
	}
	if got := flowdraw.Summary(flows["demo-record-summary"].Actions[0], nil, func(string) string { return "Named" }); !strings.HasPrefix(got, "Named · ") {
		t.Errorf("the assistant's name is not used: %q", got)
	}
}

func FuzzDraw(f *testing.F) {
	f.Add([]byte{3, 1, 2, 0, 2, 3, 0, 0, 1}, uint8(80), uint8(20), uint8(1))
	f.Add([]byte{40, 1, 1, 1, 1, 1, 2, 2, 2, 9, 9, 9, 0, 4, 7}, uint8(200), uint8(5), uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, width, height, selected uint8) {
		if len(data) == 0 || len(data) > 400 {
			return
		}
		n := int(data[0])%40 + 1
		var actions []string
		next := func(i int) string { return fmt.Sprint(int(data[i%len(data)]) % (n + 3)) }
		for i, k := 1, 1; i <= n; i++ {
			kind := data[k%len(data)]
			if kind%3 != 0 {
				actions = append(actions, delay(fmt.Sprint(i), next(k+1), []string{"STANDARD", "GOTO"}[kind%7/6]))
				k += 2
				continue
			}
			var arms []string
			for a := range int(kind%5) + 2 {
				to := next(k + 1 + a)
				if to == "0" {
					to = ""
				}
				arms = append(arms, fmt.Sprintf("arm %d=%s", a, to))
			}
			actions = append(actions, branch(fmt.Sprint(i), arms...))
			k += len(arms) + 1
		}
		fl := read(t, "1", actions...)
		d := flowdraw.New(fl, nil)
		at := fmt.Sprint(int(selected) % (n + 2))
		o := flowdraw.Options{Width: int(width), Height: int(height), Selected: at, Focused: true, Lit: map[string]bool{"1": true, "2": true, flowdraw.Edge("1", ""): true}}
		for dir := range flowdraw.Right + 1 {
			o.Selected = d.Next(o.Selected, dir)
			view := d.View(env(), o)
			if width == 0 || height == 0 {
				continue
			}
			lines := strings.Split(view, "\n")
			if len(lines) != int(height) {
				t.Fatalf("%d lines, not %d", len(lines), height)
			}
			for _, l := range lines {
				if ansi.StringWidth(l) != int(width) {
					t.Fatalf("a line is %d wide, not %d: %q", ansi.StringWidth(l), width, l)
				}
			}
			d.Scroll(int(selected))
		}
		everything := ansi.Strip(d.View(env(), flowdraw.Options{Width: 40 * 50, Height: n * 14 * 8}))
		for i := 1; i <= n; i++ {
			if !strings.Contains(everything, fmt.Sprintf("  action %d ", i)) {
				t.Fatalf("action %d is not drawn:\n%s", i, everything)
			}
		}
	})
}

func BenchmarkView(b *testing.B) {
	flows := all(b)
	for _, name := range []string{"crafted-chain", "crafted-forty-arms", "demo-lead-qualification"} {
		for _, at := range []string{"1", "40"} {
			b.Run(name+"/"+at, func(b *testing.B) {
				d, e := flowdraw.New(flows[name], nil), env()
				o := flowdraw.Options{Width: 200, Height: 60, Selected: at, Focused: true, Lit: map[string]bool{"1": true, "2": true}}
				for b.Loop() {
					d.View(e, o)
				}
			})
		}
	}
	b.Run("key", func(b *testing.B) {
		d, e := flowdraw.New(flows["crafted-chain"], nil), env()
		o := flowdraw.Options{Width: 200, Height: 60, Selected: "500", Focused: true}
		for b.Loop() {
			o.Selected = d.Next(o.Selected, flowdraw.Down)
			d.View(e, o)
			o.Selected = d.Next(o.Selected, flowdraw.Up)
		}
	})
}

func BenchmarkNew(b *testing.B) {
	f := all(b)["crafted-chain"]
	for b.Loop() {
		flowdraw.New(f, nil)
	}
}
