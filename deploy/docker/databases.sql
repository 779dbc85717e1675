create database voronka_identity;
create database voronka_leads;
create database voronka_accounts;
create database voronka_deals;
create database voronka_tasks;
create database voronka_analytics;
