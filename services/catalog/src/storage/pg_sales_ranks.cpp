#include "storage/pg_sales_ranks.hpp"

namespace catalog::storage {

namespace db = mercato::db;

// That a rank is current or over is said by its constant, too: so its index is found. A generation
// that lies ahead was made before the clock was set back, and holds up no other.
const db::Statement kMakeSalesGeneration{"make_sales_generation", R"(
  WITH turn AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtext('sales_generation')) AS mine
      FROM (SELECT made_at FROM sales_generation ORDER BY id DESC LIMIT 1) AS newest
     WHERE abs(extract(epoch FROM now() - made_at)) >= $1::bigint),
  changed AS (
    DELETE FROM sales_change USING turn
     WHERE turn.mine AND sales_change.ctid = ANY (ARRAY(SELECT ctid FROM sales_change LIMIT $2))
    RETURNING product_id),
  ranked AS MATERIALIZED (
    SELECT s.product_id, s.sold FROM product_sales s
     WHERE s.product_id IN (SELECT product_id FROM changed)),
  next AS (
    INSERT INTO sales_generation (id)
    SELECT max(id) + 1 FROM sales_generation HAVING EXISTS (SELECT FROM ranked) RETURNING id),
  ended AS (
    UPDATE sales_rank r SET until = next.id FROM ranked, next
     WHERE r.product_id = ranked.product_id AND r.until = 9223372036854775807)
  INSERT INTO sales_rank (product_id, sold, since)
  SELECT ranked.product_id, ranked.sold, next.id FROM ranked, next)"};

std::size_t make_sales_generation(db::Pool& pool, std::chrono::seconds pace, std::size_t most) {
  return db::affected_rows(pool.execute(kMakeSalesGeneration, pace.count(), most));
}

const db::Statement kPruneSalesGenerations{"prune_sales_generations", R"(
  WITH oldest AS MATERIALIZED (
    SELECT coalesce(max(id), 0) AS id FROM sales_generation
     WHERE made_at < now() - make_interval(secs => $1::bigint)),
  forgotten AS (DELETE FROM sales_generation g USING oldest WHERE g.id < oldest.id),
  gone AS MATERIALIZED (
    SELECT r.product_id, r.since FROM sales_rank r, oldest
     WHERE r.until <= oldest.id AND r.until < 9223372036854775807
     ORDER BY r.until, r.product_id LIMIT $2 FOR UPDATE OF r SKIP LOCKED)
  DELETE FROM sales_rank r USING gone
   WHERE r.product_id = gone.product_id AND r.since = gone.since)"};

std::size_t prune_sales_generations(db::Pool& pool, std::chrono::seconds age, std::size_t most) {
  return db::affected_rows(pool.execute(kPruneSalesGenerations, age.count(), most));
}

}  // namespace catalog::storage
