// The two reads that measure_reads.py compares the catalog's with: net/http, database/sql and lib/pq,
// as a program by hand has them. It ends with its standard input.
package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	_ "github.com/lib/pq"
)

const columns = `SELECT p.id, p.sku, p.name, p.description, c.slug, p.price, p.currency, p.status,
       s.on_hand - s.reserved, p.image_url, p.attributes, p.version, p.created_at, p.updated_at
  FROM product p
  JOIN stock s ON s.product_id = p.id
  LEFT JOIN category c ON c.id = p.category_id`

type price struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

type product struct {
	ID          string          `json:"id"`
	SKU         string          `json:"sku"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Category    *string         `json:"category"`
	Price       price           `json:"price"`
	Status      string          `json:"status"`
	Available   int64           `json:"available"`
	ImageURL    *string         `json:"image_url"`
	Attributes  json.RawMessage `json:"attributes"`
	Version     int64           `json:"version"`
	CreatedAt   time.Time       `json:"created_at"`
	UpdatedAt   time.Time       `json:"updated_at"`
}

type row interface{ Scan(...any) error }

func read(from row) (product, error) {
	var p product
	err := from.Scan(&p.ID, &p.SKU, &p.Name, &p.Description, &p.Category, &p.Price.Amount,
		&p.Price.Currency, &p.Status, &p.Available, &p.ImageURL, &p.Attributes, &p.Version,
		&p.CreatedAt, &p.UpdatedAt)
	return p, err
}

func answer(w http.ResponseWriter, value any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body))) // else in chunks
	w.Write(body)
}

func list(statement *sql.Stmt) ([]product, error) {
	rows, err := statement.Query()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	products := make([]product, 0, 20)
	for rows.Next() {
		p, err := read(rows)
		if err != nil {
			return nil, err
		}
		products = append(products, p)
	}
	return products, rows.Err()
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	database := must(sql.Open("postgres", os.Args[1]))
	database.SetMaxOpenConns(16)
	database.SetMaxIdleConns(16)
	byID := must(database.Prepare(columns + " WHERE p.id = $1"))
	newest := must(database.Prepare(columns + " WHERE p.status = 'active' ORDER BY p.id DESC LIMIT 20"))
	http.HandleFunc("/products", func(w http.ResponseWriter, r *http.Request) {
		products, err := list(newest)
		answer(w, map[string]any{"data": products}, err)
	})
	http.HandleFunc("/products/", func(w http.ResponseWriter, r *http.Request) {
		p, err := read(byID.QueryRow(strings.TrimPrefix(r.URL.Path, "/products/")))
		answer(w, p, err)
	})
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go http.Serve(listener, nil)
	bufio.NewReader(os.Stdin).ReadString(0)
}
