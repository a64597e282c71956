//! One answer of the service, parsed and of the right shape; and the pages cut from answers.
