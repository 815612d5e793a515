/* One payment and its provider: the payment service's row, its runners, and the provider's state
 * machine. Every request to the provider may be lost, answered in vain, or arrive late. The order
 * service authorises, captures and voids in any order, a void while an authorise is in flight
 * included; the provider may let an authorisation run out.
 *
 * An intent that was made and whose answer was lost is unknown to us for ever: it is never
 * confirmed, and so holds nothing. What is found at rest is asserted in `rest`. */

#ifndef RUNNERS
#define RUNNERS 2
#endif
#define INTENTS 2
#define NONE 255

mtype = { nothing, open, authorized, captured, voided, declined, refunded,   /* the row */
          absent, made, holding, taken, canceled, refuses,                   /* an intent */
          silent, spoken,                                                    /* an answer */
        authorization, cancellation, capture, refund };                    /* what is owed */

mtype row = nothing;
byte intent = NONE;        /* the one that was kept */
bool capture_requested, void_requested;
bool told_to_void;         /* the order service was told that nothing is held, or will be */
mtype at_provider[INTENTS] = absent;
bool given_back[INTENTS];
bool late_confirm[INTENTS], late_capture[INTENTS], late_cancel[INTENTS];

/* The provider */

inline do_confirm(i) {
  if
  :: at_provider[i] == made -> if :: at_provider[i] = holding :: at_provider[i] = refuses fi
  :: else -> skip
  fi
}

inline do_capture(i) {
  if :: at_provider[i] == holding -> at_provider[i] = taken :: else -> skip fi
}

inline do_cancel(i) {
  if
  :: at_provider[i] == made || at_provider[i] == holding -> at_provider[i] = canceled
  :: else -> skip
  fi
}

#define CALL(operation, late, i) \
  atomic { \
    if \
    :: operation(i); if :: answer = spoken; seen = at_provider[i] :: answer = silent fi \
    :: answer = silent \
    :: late[i] = true; answer = silent \
    fi \
  }

/* A read that finds no answer is a read that never was. */
inline read_intent(i) {
  atomic {
    if :: answer = spoken; seen = at_provider[i] :: answer = silent fi
  }
}

active [1] proctype network() {
end:
  do
  :: atomic { late_confirm[0] -> late_confirm[0] = false; do_confirm(0) }
  :: atomic { late_confirm[1] -> late_confirm[1] = false; do_confirm(1) }
  :: atomic { late_capture[0] -> late_capture[0] = false; do_capture(0) }
  :: atomic { late_capture[1] -> late_capture[1] = false; do_capture(1) }
  :: atomic { late_cancel[0] -> late_cancel[0] = false; do_cancel(0) }
  :: atomic { late_cancel[1] -> late_cancel[1] = false; do_cancel(1) }
#ifdef RUN_OUT
  :: atomic { at_provider[0] == holding -> at_provider[0] = canceled }
  :: atomic { at_provider[1] == holding -> at_provider[1] = canceled }
#endif
  od
}

/* What the order service asks for, in whatever order it arrives */

active proctype authorizer() {
  atomic { if :: row == nothing -> row = open :: else fi }
}

#ifndef NO_VOID
active proctype voider() {
  atomic {
    told_to_void = true;
    if
#ifdef MUTANT_VOID_WITHOUT_TOMBSTONE
    :: row == nothing -> skip
#else
    :: row == nothing -> row = voided; void_requested = true
#endif
    :: else ->
         void_requested = true;
#ifdef MUTANT_VOID_FORGETS_WHAT_IS_IN_FLIGHT
         if :: row == open -> row = voided :: else fi
#else
         if :: row == open && intent == NONE -> row = voided :: else fi
#endif
    fi
  }
}
#endif

active proctype capturer() {
  atomic {
    if
    :: row == authorized && !void_requested -> capture_requested = true
    :: else
    fi
  }
}

/* Settling what is owed */

#define OWES ((row == open) || (row == authorized && (void_requested || capture_requested)) || \
              (row == captured && void_requested))

/* The row as one read finds it; what it says may be old by the time it is acted upon. */
inline look() {
  d_step {
    kept = intent;
    if
    :: row == open && !void_requested -> due = authorization
    :: (row == open || row == authorized) && void_requested -> due = cancellation
    :: row == authorized && !void_requested && capture_requested -> due = capture
    :: row == captured && void_requested -> due = refund
    :: else -> due = nothing
    fi
  }
}

/* The row follows what the provider says, and only from where that can come. */
inline take() {
  atomic {
    if
    :: answer == silent -> skip
    :: else ->
         if
#ifdef MUTANT_RECORD_WITHOUT_COMPARE
         :: seen == holding -> row = authorized; void_requested = false
#else
         :: seen == holding && row == open -> row = authorized
#endif
         :: seen == taken && (row == open || row == authorized) -> row = captured
         :: seen == canceled && (row == open || row == authorized) -> row = voided
         :: seen == refuses && row == open -> row = declined
         :: else
         fi
    fi
  }
}

inline make_intent() {
  atomic {
    if
    :: at_provider[0] == absent -> at_provider[0] = made; fresh = 0
    :: at_provider[0] != absent && at_provider[1] == absent -> at_provider[1] = made; fresh = 1
    :: else -> fresh = NONE   /* more intents than are modelled */
    fi;
#ifdef MUTANT_CONFIRM_WHEN_MAKING
    if :: fresh != NONE -> do_confirm(fresh) :: else fi;
#endif
    if :: skip :: fresh = NONE fi   /* the answer may be lost */
  };
  atomic {
    if
    :: fresh != NONE && intent == NONE && row == open && !void_requested -> intent = fresh
    :: else
    fi
  }
}

inline settle() {
  look();
  if
  :: due == nothing -> skip
  :: due == authorization && kept == NONE -> make_intent()
  :: due == cancellation && kept == NONE ->
       atomic { if :: row == open && intent == NONE -> row = voided :: else fi }
  :: due == refund -> d_step { given_back[kept] = true; row = refunded }
  :: due != nothing && due != refund && kept != NONE ->
#ifdef MUTANT_CANCEL_BELIEVES_ITSELF
       if
       :: due == cancellation -> CALL(do_cancel, late_cancel, kept); row = voided; goto again
       :: else
       fi;
#endif
       read_intent(kept);
       if
       :: answer == spoken && due == authorization && seen == made ->
            CALL(do_confirm, late_confirm, kept);
            take();
#ifdef MUTANT_NEW_INTENT_AFTER_SILENCE
            if :: answer == silent -> atomic { intent = NONE } :: else fi
#endif
       :: answer == spoken && due == capture && seen == holding ->
            CALL(do_capture, late_capture, kept);
            take()
       :: answer == spoken && due == cancellation && (seen == made || seen == holding) ->
            CALL(do_cancel, late_cancel, kept);
            take()
       :: else -> take()
       fi
  :: else
  fi
}

active [RUNNERS] proctype runner() {
  mtype answer, seen, due;
  byte kept, fresh;
end:
again:
  do
  :: OWES -> settle()
  od
}

/* At rest */

#define ON_ITS_WAY (late_confirm[0] || late_capture[0] || late_cancel[0] || \
                    late_confirm[1] || late_capture[1] || late_cancel[1])
#define LIVE(i) (at_provider[i] == holding || (at_provider[i] == taken && !given_back[i]))

active proctype rest() {
end:
  atomic {
    !OWES && !ON_ITS_WAY ->
    assert(!(LIVE(0) && LIVE(1)));                                   /* I2 */
    assert(row != captured || (intent != NONE && at_provider[intent] == taken));
    assert(!(LIVE(0) || LIVE(1)) || row == authorized || row == captured);
    assert(!told_to_void || !(LIVE(0) || LIVE(1)));                  /* I6 */
    assert(!told_to_void || row == voided || row == declined || row == refunded)
  }
}
