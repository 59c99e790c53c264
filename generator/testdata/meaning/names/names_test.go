package api

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http/httptest"
	"os"
	"testing"

	"example.com/meaning/rest"
)

type handlers struct{ Unimplemented }

func (handlers) SendBlock(_ context.Context, body Block) (*Block, error) { return &body, nil }

func TestNames(t *testing.T) {
	for _, name := range []string{"client_oauth_api.go", "client_oauth_api_api.go", "client_api.go"} {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
	server, err := NewServer(Handlers{OAuthAPI: handlers{}, OAuth: handlers{}, API: handlers{}})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	defer api.Close()
	client, err := NewClient(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range []BlockContent{
		BlockContentFromText(BlockContentText{Type: BlockContentTextTypeText, Text: "t"}),
		BlockContentFromImageURL(BlockContentImageURL{Type: BlockContentImageURLTypeImageURL, URL: "u"}),
		BlockContentFromRef(BlockContentRef{Ref: "r"}),
		BlockContentFromThePlainOne(BlockContentThePlainOne{X: 1, Y: 2}),
		BlockContentFromOption5(BlockContentOption5{A: 1, B: 2}),
	} {
		out, err := client.OAuthAPI.SendBlock(context.Background(), Block{VPCID: rest.Ptr("v"), IPv4: rest.Ptr("i"), AIModel: rest.Ptr("m"), Content: &content})
		if err != nil || len(out.Content.Raw()) == 0 || *out.VPCID != "v" {
			t.Errorf("%+v %v", out, err)
		}
	}
	for _, file := range []string{"types.go", "client_api.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && len(id.Name) > 60 {
				t.Error(file, "has the name", id.Name)
			}
			return true
		})
	}
}
