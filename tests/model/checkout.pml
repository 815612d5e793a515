/* The saga of docs/life-of-an-order.md: the order service and its neighbours, each of which does
 * one step as a whole. Every call may be lost, answered in vain, or arrive late; RUNNERS run one
 * order at once and may die between any two steps (a runner that forgets everything is one that
 * died and was taken over). Clients cancel, ship and ask for a refund at any moment; holds and
 * authorisations run out at any moment.
 *
 * An order costs 2, and at most 1 is asked back. What is found at rest is asserted in `rest`.
 * Each MUTANT_... drops one rule: tests/model/check.py shows that each is needed. */

#ifndef ORDERS
#define ORDERS 1
#endif
#ifndef RUNNERS
#define RUNNERS 2
#endif
#define UNITS 1
#define TOTAL 2

mtype = { nothing,
          pending, confirmed, shipped, rejected, cancelling, cancelled,  /* an order */
          checkout, capture, undo,                                       /* what is owed to it */
          held, sold, released, expired,                                 /* its reservation */
          authorized, captured, voided, declined,                        /* its payment */
          asked, paid_back, failed,                                      /* its refund */
          ok, refused, silent };                                         /* an answer */

mtype status[ORDERS] = pending;
mtype owed[ORDERS] = checkout;
bool was_confirmed[ORDERS];
bool told_cancelled[ORDERS], told_shipped[ORDERS];   /* what clients were promised */
mtype reservation[ORDERS] = nothing;
mtype payment[ORDERS] = nothing;
byte given_back[ORDERS];     /* of TOTAL, by payment */
mtype refund[ORDERS] = nothing;
bool refund_known[ORDERS];   /* payment has seen the refund's id */
byte free_units = UNITS;

/* Calls that are still on their way to a neighbour. */
bool late_reserve[ORDERS], late_authorize[ORDERS], late_commit[ORDERS];
bool late_capture[ORDERS], late_release[ORDERS], late_void[ORDERS], late_refund[ORDERS];

/* The catalog */

inline give_back_unit() {
  free_units++;
  assert(free_units <= UNITS)
}

inline do_reserve(o) {
  if
  :: reservation[o] == nothing && free_units > 0 ->
       free_units--; reservation[o] = held; answer = ok
  :: reservation[o] == nothing && free_units == 0 -> answer = refused
  :: reservation[o] == released -> answer = refused
  :: else -> answer = ok
  fi
}

inline do_commit(o) {
  if
  :: reservation[o] == held -> reservation[o] = sold; answer = ok
  :: reservation[o] == sold -> answer = ok
  :: else -> answer = refused
  fi
}

inline do_release(o) {
  if
#ifndef MUTANT_RELEASE_WITHOUT_TOMBSTONE
  :: reservation[o] == nothing -> reservation[o] = released
#endif
  :: reservation[o] == held || reservation[o] == sold ->
       give_back_unit(); reservation[o] = released
  :: else -> skip
  fi;
  answer = ok
}

/* Payment */

inline do_authorize(o) {
  if
  :: payment[o] == nothing -> if :: payment[o] = authorized; answer = ok
                                 :: payment[o] = declined; answer = refused fi
  :: payment[o] == voided || payment[o] == declined -> answer = refused
  :: else -> answer = ok
  fi
}

inline do_capture(o) {
  if
  :: payment[o] == authorized ->
       assert(was_confirmed[o]);   /* nobody pays for what was not sold */
       if :: payment[o] = captured; answer = ok
          :: payment[o] = voided; answer = refused fi   /* the authorisation has run out */
  :: payment[o] == captured -> answer = ok
#ifdef MUTANT_CAPTURE_AFTER_VOID
  :: payment[o] == voided -> payment[o] = captured; answer = ok
#endif
  :: else -> answer = refused
  fi
}

inline do_void(o) {
  if
#ifndef MUTANT_VOID_WITHOUT_TOMBSTONE
  :: payment[o] == nothing -> payment[o] = voided
#endif
  :: payment[o] == authorized -> payment[o] = voided
  :: payment[o] == captured -> given_back[o] = TOTAL   /* whatever is left */
  :: else -> skip
  fi;
  answer = ok
}

/* By the refund's id: a second call with it is the first one again. */
inline do_refund(o) {
  if
#ifndef MUTANT_REFUND_WITHOUT_ID
  :: refund_known[o] -> answer = ok
#endif
  :: else ->
       if
       :: payment[o] == authorized -> answer = silent   /* not yet */
#ifdef MUTANT_REFUND_UNCHECKED
       :: payment[o] == captured ->
#else
       :: payment[o] == captured && given_back[o] + 1 <= TOTAL ->
#endif
            given_back[o]++; refund_known[o] = true; answer = ok
       :: else -> answer = refused
       fi
  fi;
  assert(given_back[o] <= TOTAL)
}

/* The network between them */

#ifdef NOTHING_IS_LATE
#define LATE(late) answer = silent
#else
#define LATE(late) late = true; answer = silent
#endif

#define CALL(operation, late) \
  atomic { \
    if \
    :: operation(o); if :: skip :: answer = silent fi \
    :: answer = silent \
    :: LATE(late[o]) \
    fi \
  }

proctype network(byte o) {
  mtype answer;
end:
  do
  :: atomic { late_reserve[o] -> late_reserve[o] = false; do_reserve(o) }
  :: atomic { late_authorize[o] -> late_authorize[o] = false; do_authorize(o) }
  :: atomic { late_commit[o] -> late_commit[o] = false; do_commit(o) }
  :: atomic { late_capture[o] -> late_capture[o] = false; do_capture(o) }
  :: atomic { late_release[o] -> late_release[o] = false; do_release(o) }
  :: atomic { late_void[o] -> late_void[o] = false; do_void(o) }
  :: atomic { late_refund[o] -> late_refund[o] = false; do_refund(o) }
  :: atomic { reservation[o] == held -> reservation[o] = expired; give_back_unit() }
  od
}

/* The order service */

inline reject(o) {
  atomic {
    if :: status[o] == pending -> status[o] = rejected; owed[o] = undo :: else fi
  }
}

inline confirm(o) {
  atomic {
    if
#ifdef MUTANT_CONFIRM_WITHOUT_COMPARE
    :: owed[o] != nothing ->
#else
    :: status[o] == pending ->
#endif
         status[o] = confirmed; owed[o] = capture; was_confirmed[o] = true
    :: else
    fi
  }
}

/* What a refused capture and a client's cancel have in common: the one way back after the pivot. */
inline begin_cancel(o) {
  if
#ifdef MUTANT_CANCEL_WITHOUT_COMPARE
  :: status[o] != cancelled ->
#else
  :: status[o] == pending || status[o] == confirmed ->
#endif
       status[o] = cancelling; owed[o] = undo
  :: else
  fi
}

inline run_checkout(o) {
  CALL(do_reserve, late_reserve);
  if :: answer == silent -> goto again :: answer == refused -> reject(o); goto again :: else fi;
  CALL(do_authorize, late_authorize);
  if :: answer == silent -> goto again :: answer == refused -> reject(o); goto again :: else fi;
#ifdef MUTANT_CAPTURE_BEFORE_PIVOT
  CALL(do_capture, late_capture);
  if :: answer == silent -> goto again :: answer == refused -> reject(o); goto again :: else fi;
#endif
#ifdef MUTANT_COMMIT_AFTER_PIVOT
  confirm(o);
#endif
  CALL(do_commit, late_commit);
  if :: answer == silent -> goto again :: answer == refused -> reject(o); goto again :: else fi;
  confirm(o)
}

inline run_capture(o) {
  CALL(do_capture, late_capture);
  atomic {
    if
    :: answer == ok && owed[o] == capture -> owed[o] = nothing
    :: answer == refused -> if :: owed[o] == capture -> begin_cancel(o) :: else fi
    :: else
    fi
  }
}

inline run_undo(o) {
  CALL(do_release, late_release);
#ifdef MUTANT_SILENCE_IS_DONE
  answer = ok;
#endif
  if :: answer == silent -> goto again :: else fi;
  CALL(do_void, late_void);
  if :: answer == silent -> goto again :: else fi;
  atomic {
    if
    :: owed[o] == undo ->
         owed[o] = nothing;
         if :: status[o] == cancelling -> status[o] = cancelled :: else fi
    :: else
    fi
  }
}

proctype runner(byte o) {
  mtype answer;
end:
again:
  do
  :: owed[o] == checkout -> run_checkout(o)
  :: owed[o] == capture -> run_capture(o)
  :: owed[o] == undo -> run_undo(o)
  od
}

#ifdef CLIENTS
proctype canceller(byte o) {
  if
  :: atomic {
       begin_cancel(o);
       if :: status[o] == cancelling -> told_cancelled[o] = true :: else fi
     }
  :: skip
  fi
}

/* Ship takes the money first, and then moves the order by compare-and-set. */
proctype shipper(byte o) {
  mtype answer;
  if
  :: skip
  :: status[o] == confirmed ->
       CALL(do_capture, late_capture);
       atomic {
         if
         :: answer == ok && status[o] == confirmed ->
              status[o] = shipped; told_shipped[o] = true
         :: else
         fi
       }
  fi
}

proctype refunder(byte o) {
  mtype answer;
  atomic {
    if
    :: status[o] == confirmed || status[o] == shipped -> refund[o] = asked
    :: skip
    fi
  }
end:
  do
  :: refund[o] == asked ->
       CALL(do_capture, late_capture);
       if :: answer == silent -> goto end :: else fi;
       CALL(do_refund, late_refund);
       if
       :: answer == ok -> refund[o] = paid_back; break
       :: answer == refused -> refund[o] = failed; break
       :: else
       fi
  :: else -> break
  od
}
#endif

/* At rest */

#define ON_ITS_WAY(o) (late_reserve[o] || late_authorize[o] || late_commit[o] || \
                       late_capture[o] || late_release[o] || late_void[o] || late_refund[o])
#define QUIET(o) (owed[o] == nothing && refund[o] != asked && !ON_ITS_WAY(o))
#define IS_SOLD(o) (status[o] == confirmed || status[o] == shipped)

inline check(o) {
  assert(status[o] != pending && status[o] != cancelling);                     /* I5 */
  assert(!told_cancelled[o] || status[o] == cancelled);
  assert(!told_shipped[o] || status[o] == shipped);
  if
  :: IS_SOLD(o) ->                                                             /* I6, I2 */
       assert(reservation[o] == sold && payment[o] == captured);
       assert(given_back[o] == (refund[o] == paid_back -> 1 : 0))
  :: else ->
       assert(reservation[o] != held && reservation[o] != sold);
       assert(payment[o] != authorized);
       assert(payment[o] != captured || given_back[o] == TOTAL)
  fi
}

active proctype rest() {
#if ORDERS == 1
end:
  atomic {
    QUIET(0) -> check(0);
    assert(free_units == UNITS - (reservation[0] == sold -> 1 : 0))            /* I1 */
  }
#else
end:
  atomic {
    QUIET(0) && QUIET(1) -> check(0); check(1);
    assert(!(IS_SOLD(0) && IS_SOLD(1)));                                       /* one unit */
    assert(free_units == UNITS - (reservation[0] == sold -> 1 : 0)
                               - (reservation[1] == sold -> 1 : 0))
  }
#endif
}

init {
  byte o = 0, r = 0;
  atomic {
    do
    :: o < ORDERS ->
         run network(o);
         r = 0;
         do :: r < RUNNERS -> run runner(o); r++ :: else -> break od;
#ifdef CLIENTS
         run canceller(o);
         run shipper(o);
         run refunder(o);
#endif
         o++
    :: else -> break
    od
  }
}
