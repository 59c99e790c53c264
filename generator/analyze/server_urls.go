package analyze

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/naming"
	"github.com/limitgen/limitgen/generator/source"
)

// servers names the servers of the API, if a client has a choice of them, and the options that set
// their variables.
func (b *builder) servers(ops []*opSource) {
	var all []*model.ServerURL
	add := func(s source.Server, of string, called bool) {
		url := s.Template
		if url == "" {
			url = s.URL
		}
		if of != "" {
			url = cmp.Or(url, s.Path, "/")
		}
		same := func(o *model.ServerURL) bool { return o.URL == url && o.Of == of }
		if url == "" || slices.ContainsFunc(all, same) {
			return
		}
		out := &model.ServerURL{URL: url, Of: of, Description: s.Description}
		for _, v := range s.Variables {
			out.Variables = append(out.Variables,
				&model.ServerVariable{Name: v.Name, Default: v.Default, Enum: v.Enum})
			if called {
				b.variable(v)
			}
		}
		all = append(all, out)
	}
	for _, s := range b.Servers.All {
		add(s, "", true)
	}
	for _, op := range ops {
		own := b.Servers.Own(op.OpRef)
		if len(own) == 1 && own[0].Template == "" || op.model.Server == "" {
			continue // the operation has it
		}
		for i, s := range own {
			add(s, op.model.Server, i == 0) // of several, clients call the first
		}
	}
	if len(all) == 0 || len(all) == 1 && len(all[0].Variables) == 0 {
		return // nothing to choose
	}
	first := b.Servers.First
	if len(b.Servers.All) > 0 && all[0].URL != first.Template && all[0].URL != first.URL {
		all = slices.Insert(all, 0, &model.ServerURL{}) // the first has no URL, and no other is it
	}
	for i, s := range all {
		if s.Of == "" && strings.Contains(s.URL, "://") {
			s.Const = b.names.Give("Server"+serverName(s, i == 0), "URL")
		}
	}
	b.api.Servers = all
}

// variable adds the option of a variable, or the values of one more server that has it.
func (b *builder) variable(v source.ServerVariable) {
	i := slices.IndexFunc(b.api.Variables, func(o *model.VariableOption) bool { return o.Name == v.Name })
	name := naming.Exported(v.Name)
	if i < 0 {
		i = len(b.api.Variables)
		o := &model.VariableOption{Name: v.Name, Doc: model.Doc{Description: v.Description}}
		o.Option = b.names.Give("WithServer"+name, "Variable")
		b.api.Variables = append(b.api.Variables, o)
		if len(v.Enum) > 0 {
			o.Type = &model.Decl{Kind: model.Enum, Type: builtin("string")}
			o.Type.Name = b.names.Give("Server"+name, "Variable")
		}
	}
	o := b.api.Variables[i]
	if len(v.Enum) == 0 && o.Type != nil {
		o.Type.Open = true // in another server it is any text
	}
	for _, value := range v.Enum {
		same := func(e *model.EnumValue) bool { return e.Value == value }
		if o.Type == nil || slices.ContainsFunc(o.Type.Values, same) {
			continue
		}
		id := b.derived(choiceName(o.Type.Name, choice{value: value}), "Value")
		o.Type.Values = append(o.Type.Values, &model.EnumValue{Name: id, Value: value})
	}
}

// plainWords are words of a description that tell no server from another.
var plainWords = []string{"a", "an", "api", "environment", "of", "our", "server", "the", "url"}

var variable = regexp.MustCompile(`\{[^{}]*\}`)

// serverName names a server by the first words of its description, if these are few, or else by its
// host.
func serverName(s *model.ServerURL, first bool) string {
	text, _, _ := strings.Cut(s.Description, "\n")
	if i := strings.IndexAny(text, ".,;:()[]–—"); i >= 0 {
		text = text[:i]
	}
	words := naming.Words(text)
	words = slices.DeleteFunc(words, func(w string) bool {
		return slices.Contains(plainWords, strings.ToLower(w))
	})
	if len(words) == 0 || len(words) > 3 {
		_, host, _ := strings.Cut(s.URL, "://")
		host, _, _ = strings.Cut(host, "/")
		if words = naming.Words(variable.ReplaceAllString(host, "")); len(words) > 0 {
			words = naming.Words(host)
		} else if first { // a constant is not called like a variable, whose option it is not for
			words = []string{"default"}
		} else {
			words = []string{"other"}
		}
	}
	return naming.Exported(strings.Join(words, " "))
}
